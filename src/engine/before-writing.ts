import type { Look } from '../look/look.js'
import { tableOf } from '../look/read-nft.js'
import type { DesiredEntry, DesiredState } from '../model/desired.js'
import type { Plan } from '../model/plan.js'
import type { Kind, Resource } from '../model/resource.js'
import type { Before } from '../model/trace.js'
import { paths } from '../platforms/persist/units.js'
import { kindOf } from '../resources/index.js'

/** What a plan is about to change and nobody could tell afterwards. Reads only. */
export async function beforeWriting(
  plan: Plan,
  desired: DesiredState,
  look: Look,
): Promise<readonly Before[]> {
  const changed = await namelessChanges(plan, look)
  return [
    ...changed.filter(({ resource }) => resource.kind !== 'sysctl'),
    ...(await kernelValues(desired, look)),
  ]
}

/** What a plan changes that does not carry our name, as it stands before. */
export async function namelessChanges({ changes }: Plan, look: Look): Promise<readonly Before[]> {
  const writes = changes.filter(({ entry }) => entry.reportOnly !== true)
  const nameless = writes.flatMap(({ entry: { resource }, from }) =>
    kinds.has(resource.kind) ? [{ resource, state: from }] : [],
  )
  const entries = writes.map(({ entry }) => entry)
  return [...nameless, ...(await tablesMade(entries, look)), ...(await missingPaths(entries, look))]
}

const kinds: ReadonlySet<Kind> = new Set<Kind>(['sysctl', 'agent-setting', 'iptables-chain', 'route'])

/** Changed or not, as our file will set them at boot. Where it stands already they are ours, and tell nothing. */
async function kernelValues({ entries }: DesiredState, look: Look): Promise<readonly Before[]> {
  if ((await look.host.files.stat(paths.sysctl)) !== null) return []
  const keys = entries.flatMap(({ resource, reportOnly }) =>
    resource.kind === 'sysctl' && reportOnly !== true ? [resource.key] : [],
  )
  const all = keys.flatMap(key => [key, key.replace('.all.', '.default.')])
  return Promise.all(
    [...new Set(all)].map(async key => {
      const resource = { kind: 'sysctl', key } as const
      return { resource, state: await kindOf(resource).read(resource, look, null) }
    }),
  )
}

/** iptables-nft makes what it needs; the tables of legacy iptables nobody can take away. */
async function tablesMade(entries: readonly DesiredEntry[], look: Look): Promise<readonly Before[]> {
  if (look.facts.nft === null || look.facts.iptables?.backend !== 'nf_tables') return []
  const found = new Map<string, Before>()
  for (const { resource, state } of entries) {
    if ((resource.kind !== 'iptables-rule' && resource.kind !== 'iptables-chain') || state === null) continue
    const { family, table } = resource
    const standing = await tableOf(look, family === 'ipv4' ? 'ip' : 'ip6', table)
    const chains = standing?.baseChains.map(({ name }) => name).sort() ?? []
    const before = standing === null ? null : chains.join(' ')
    found.set(`${family} ${table}`, { resource: { kind: 'iptables-table', family, table }, state: before })
  }
  return [...found.values()]
}

/** Folders on the way to what is written, and a settings file itself; the innermost first. */
async function missingPaths(entries: readonly DesiredEntry[], look: Look): Promise<readonly Before[]> {
  const wanted = entries.flatMap(({ resource, state }) => (state === null ? [] : pathsTo(resource)))
  const standing = await Promise.all(wanted.map(path => look.host.files.stat(path)))
  const missing = new Set(wanted.filter((_path, index) => standing[index] === null))
  return [...missing]
    .sort((one, other) => other.length - one.length)
    .map(path => ({ resource: { kind: 'made-path', path }, state: null }))
}

function pathsTo(resource: Resource): readonly string[] {
  if (resource.kind === 'service-unit')
    return resource.wantedBy.flatMap(target => foldersOf(`/etc/systemd/system/${target}.wants/`))
  if (resource.kind === 'agent-setting') return [resource.path, ...foldersOf(resource.path)]
  return resource.kind === 'file' || resource.kind === 'fence-file' ? foldersOf(resource.path) : []
}

function foldersOf(path: string): readonly string[] {
  const steps = path.split('/').slice(1, -1)
  return steps.map((_step, index) => `/${steps.slice(0, index + 1).join('/')}`)
}
