import type { Context } from '../controls/control.js'
import type { Resource } from '../model/resource.js'
import type { Before } from '../model/trace.js'
import { fences } from '../model/resource.js'

/**
 * Everything that can carry our name on this host, wanted by a policy or not, with what has none and was recorded; in
 * the order in which it may go: first who would put it back, then what opens, then what closes. Pure.
 */
export function tracesOf(
  { facts, platform }: Pick<Context, 'facts' | 'platform'>,
  lock: string,
  recorded: readonly Resource[],
): readonly Resource[] {
  const of = (...kinds: readonly Resource['kind'][]) => recorded.filter(({ kind }) => kinds.includes(kind))
  const tables = facts.nft === null && facts.unknown.nft === undefined ? [] : Object.keys(fences)
  const families = facts.iptables?.families ?? []
  return [
    { kind: 'running-unit', name: 'taskfence.service', lock },
    ...platform.traces(facts),
    ...of('agent-setting', 'sysctl', 'route'),
    ...families.flatMap(family =>
      (['nat', 'filter'] as const).map(table => ({ kind: 'own-rules', family, table }) as const),
    ),
    ...of('iptables-chain', 'iptables-table'),
    ...classOf(facts),
    ...tables.map(table => ({ kind: 'own-table', table }) as const),
    { kind: 'running-unit', name: 'taskfence-host.service' },
    ...['taskfence-host.service', 'taskfence-fence.service'].map(
      name => ({ kind: 'running-unit', name }) as const,
    ),
    ...of('made-path'),
  ]
}

/** Where tasks are told by the class of their cgroup. */
const classOf = ({ cgroups }: Context['facts']): readonly Resource[] =>
  cgroups?.tree === 'v1' && cgroups.tasks !== null
    ? [{ kind: 'cgroup-class', path: `/sys/fs/cgroup/${cgroups.tasks}`, apart: [] }]
    : []

/** As it was before the first apply: of what carries our name nothing stood. */
export const stateBefore = (resource: Resource, record: readonly Before[], id: (of: Resource) => string) =>
  record.find(one => id(one.resource) === id(resource))?.state ?? null
