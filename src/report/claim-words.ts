import type {
  AgentVersionClaim,
  Claim,
  EndpointClaim,
  LocalnetClaim,
  Origin,
  PacketClaim,
} from '../model/claim.js'
import { agentSummary, familyWords } from './agent-claim-words.js'

export { familyWords }

/** One promise: "tasks on docker0 cannot reach 169.254.169.254 port 80 (IPv4)". True when the claim holds. */
export function claimWords(claim: Claim): string {
  if (claim.kind === 'localnet-routing') return localnetWords([interfaceWords(claim)], true)
  if (claim.kind === 'agent-version') return agentVersionWords(claim, true)
  if (claim.kind === 'endpoint') return endpointWords(claim, true)
  if (claim.kind !== 'packet') return agentSummary([claim], true).join('')
  const who = originWords(claim.origin)
  const reach = reachWords(claim.origin, claim.fate === 'delivered')
  return `${who} ${reach} ${claim.to} port ${claim.port} (${familyWords[claim.family]})`
}

/** Many promises in few words, equal ones with different bridges and families together. Or many broken ones. */
export function summary(claims: readonly Claim[], holds = true): readonly string[] {
  const packets = claims.filter(claim => claim.kind === 'packet')
  const localnet = claims.filter(claim => claim.kind === 'localnet-routing')
  const versions = claims.filter(claim => claim.kind === 'agent-version')
  return [
    ...versions.map(claim => agentVersionWords(claim, holds)),
    ...(localnet.length === 0 ? [] : [localnetWords(localnet.map(interfaceWords), holds)]),
    ...claims.flatMap(claim => (claim.kind === 'endpoint' ? [endpointWords(claim, holds)] : [])),
    ...group(packets, claim => [claim.origin.kind, claim.fate, claim.port, place(claim)].join(' ')).flatMap(
      same => byWho(same, holds),
    ),
    ...agentSummary(claims, holds),
  ]
}

/** Claims that differ in origin and family only. Origins with the same families share a sentence. */
function byWho(claims: readonly PacketClaim[], holds: boolean): readonly string[] {
  const origins = group(claims, claim => originName(claim.origin))
  const familiesOf = (of: readonly PacketClaim[]) =>
    [...new Set(of.map(claim => familyWords[claim.family]))].sort().join(', ')
  return group(origins, familiesOf).map(same => {
    const [claim] = same.flat() as [PacketClaim]
    const who = originsWords(same.map(of => (of[0] as PacketClaim).origin))
    return `${who} ${reachWords(claim.origin, (claim.fate === 'delivered') === holds)} ${place(claim)} (${familiesOf(same.flat())})`
  })
}

/** What stands at an address that every ECS host has. */
export const place = ({ to, port }: PacketClaim): string => places[`${to} ${port}`] ?? `${to} port ${port}`
const places: Readonly<Record<string, string>> = {
  '169.254.169.254 80': 'the metadata service',
  'fd00:ec2::254 80': 'the metadata service',
  '169.254.170.2 80': 'the credentials endpoint',
}

/** As `packet` has it of what stands at the address. */
const endpointWords = ({ address, port }: EndpointClaim, holds: boolean): string =>
  `${places[`${address} ${port}`] ?? `${address} port ${port}`} ${holds ? 'answers' : 'does not answer'} this host`

const originWords = (origin: Origin): string => originsWords([origin])

function originsWords(origins: readonly Origin[]): string {
  const [first] = origins
  if (first === undefined || first.kind === 'host') return 'this host'
  const names = origins.map(originName).join(', ')
  if (first.kind === 'host-task')
    return `tasks in host network mode${origins.some(isAnyTask) ? '' : ` (${names})`}`
  return `${first.kind === 'container' ? 'tasks' : 'neighbours'} on ${names}`
}

const isAnyTask = (origin: Origin): boolean => origin.kind === 'host-task' && origin.task === null

export const originName = (origin: Origin): string => {
  switch (origin.kind) {
    case 'container':
      return origin.hypothetical ? `${origin.bridge} (once made)` : origin.bridge
    case 'neighbour':
      return origin.interface
    case 'host':
      return ''
    case 'host-task':
      return origin.task ?? 'any task'
  }
}

const reachWords = (origin: Origin, reaches: boolean): string =>
  reaches ? (origin.kind === 'host' ? 'reaches' : 'reach') : 'cannot reach'

const interfaceWords = (claim: LocalnetClaim): string =>
  claim.interface === 'default' ? 'any later interface' : claim.interface

const localnetWords = (interfaces: readonly string[], holds: boolean): string =>
  `packets for 127.0.0.0/8 from ${interfaces.join(', ')} are ${holds ? 'routed' : 'not routed'}`

const agentVersionWords = ({ weakness, fixedIn }: AgentVersionClaim, holds: boolean): string =>
  holds
    ? `the agent is ${fixedIn} or later, or ${weakness} is closed to neighbours`
    : `the agent is older than ${fixedIn}, and ${weakness} is open to neighbours`

function group<T>(items: readonly T[], key: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const found = groups.get(key(item))
    if (found === undefined) groups.set(key(item), [item])
    else found.push(item)
  }
  return [...groups.values()]
}
