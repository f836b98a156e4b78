import type { Claim } from '../../src/model/claim.js'
import type { Desired } from '../../src/model/desired.js'
import { claimWords } from '../../src/report/claim-words.js'

/** A wish in one line, for tables. */
export function desiredText({ resource, state, reportOnly }: Desired): string {
  const text = `${state === null ? 'no ' : ''}${wordsOf(resource, state)}`
  return reportOnly === true ? `${text} (only reported)` : text
}

function wordsOf(resource: Desired['resource'], state: string | null): string {
  switch (resource.kind) {
    case 'sysctl':
      return `sysctl ${resource.key} = ${state ?? 'as it was'}`
    case 'agent-setting':
      return `${resource.path}: ${resource.name}=${state ?? ''}`
    case 'route':
      return `route ${resource.destination} dev ${resource.device}`
    case 'iptables-chain':
      return `${resource.family} ${resource.table} chain ${resource.chain}`
    case 'iptables-rule': {
      const rule = [...resource.match, ...resource.target].join(' ')
      return `${resource.family} ${resource.table} ${resource.chain} ${resource.position}: ${rule}`
    }
    case 'windows-setting':
      return `windows ${resource.setting} ${resource.variable ?? ''}`.trim()
    case 'fence-chain':
      return `chain ${resource.chain}`
    case 'file':
    case 'fence-file':
    case 'rules-file-lines':
    case 'file-line':
      return `${resource.kind} ${resource.path}`
    case 'service-unit':
      return `unit ${resource.name}`
    case 'running-unit':
    case 'own-table':
    case 'own-rules':
    case 'own-lines':
    case 'iptables-table':
    case 'made-path':
      return resource.kind
    case 'cgroup-class':
      return `class ${state ?? ''} of ${resource.path}${resource.apart.map(name => ` but ${name}`).join('')}`
    case 'fence-rule':
      return `${resource.chain}: ${state ?? resource.name}`
  }
}

/** A promise in one line. */
export function claimText(claim: Claim): string {
  if (claim.kind === 'localnet-routing') return `localnet on ${claim.interface}`
  if (claim.kind === 'agent-version')
    return [`agent ${claim.fixedIn} or`, ...claim.closed.map(claimText)].join(' ')
  if (claim.kind === 'endpoint') return `${claim.address}:${claim.port}${claim.path} answers`
  if (claim.kind !== 'packet') return claimWords(claim)
  const { origin, arrivesAt } = claim
  const sender =
    origin.kind === 'host'
      ? 'the host'
      : origin.kind === 'container'
        ? origin.bridge
        : origin.kind === 'host-task'
          ? `${origin.task ?? 'any host task'} (${origin.class ?? origin.cgroups?.join(' ') ?? 'not known'})`
          : `neighbour ${origin.interface}`
  const at = arrivesAt === undefined ? '' : ` at ${arrivesAt}`
  return `${claim.family} from ${sender} ${claim.from} to ${claim.to}:${claim.port} ${claim.fate}${at}`
}
