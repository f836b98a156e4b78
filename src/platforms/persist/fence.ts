import type { DesiredEntry } from '../../model/desired.js'
import type { FenceTable } from '../../model/resource.js'
import { fenceFileText, type FileRule } from '../../resources/fence-file-text.js'
import type { Platform, Twin } from '../platform.js'
import { entriesOf, twinOf, unitTwins, type Bootable, type EntryOf } from './twin.js'
import { fenceUnit, hostUnit, paths, reloadingDropIn, requiringDropIn } from './units.js'

/** The fence as a file, the unit that loads it, and what keeps it standing beside services that flush. */
export function persistFence(
  platform: Platform,
  runtime: readonly DesiredEntry[],
  around: Bootable,
): readonly Twin[] {
  const entries = entriesOf(runtime, 'fence-rule')
  if (entries.length === 0) return []
  const rules = standing(entries)
  const isStanding = rules.length > 0
  return [
    fileTwin('taskfence', paths.fence, entries, rules, around),
    ...unitTwins(
      entries,
      { name: 'taskfence-fence.service', text: fenceUnit, wantedBy: ['sysinit.target'] },
      isStanding,
      around,
    ),
    ...(isStanding || around.complete ? besideOthers(platform, entries, isStanding, around) : []),
  ]
}

/**
 * The same for tasks in host network mode. Only where their cgroup is a slice of systemd, which a unit can make; before
 * the first task nothing is known of it, and what was written stays.
 */
export function persistHostFence(runtime: readonly DesiredEntry[], around: Bootable): readonly Twin[] {
  const { cgroups } = around.facts
  const entries = entriesOf(runtime, 'fence-rule')
  if (entries.length === 0 || (cgroups !== null && (cgroups.tree !== 'v2' || cgroups.tasks === null)))
    return []
  // A cgroup that a task has now is gone by the next boot: nft would refuse the file.
  const rules = standing(entries).filter(({ state }) => !/\bsocket cgroupv2 level 2 [{"]/.test(state))
  return [
    fileTwin('taskfence_host', paths.host, entries, rules, around),
    ...unitTwins(
      entries,
      { name: 'taskfence-host.service', text: hostUnit, wantedBy: ['multi-user.target', 'ecstasks.slice'] },
      rules.length > 0,
      around,
    ),
  ]
}

const standing = (entries: readonly RuleEntry[]): readonly FileRule[] =>
  entries.flatMap(({ resource, state }) => (state === null ? [] : [{ resource, state }]))

type RuleEntry = EntryOf<'fence-rule'>

function fileTwin(
  table: FenceTable,
  path: string,
  entries: readonly RuleEntry[],
  rules: readonly FileRule[],
  { complete }: Bootable,
): Twin {
  const tags = complete ? null : [...new Set(entries.map(({ resource }) => resource.tag))]
  const text = rules.length === 0 ? null : fenceFileText(table, rules)
  return twinOf(entries, { kind: 'fence-file', path, table, tags }, text)
}

function besideOthers(
  platform: Platform,
  entries: readonly DesiredEntry[],
  isStanding: boolean,
  { boot, policy: { persistence } }: Bootable,
): readonly Twin[] {
  const dropIn = (unit: string, text: string, wanted: boolean) =>
    twinOf(
      entries,
      { kind: 'file', path: `/etc/systemd/system/${unit}.d/taskfence.conf`, mode: 0o644 },
      wanted && isStanding ? text : null,
    )
  const flushing = ['nftables.service', 'firewalld.service'].filter(unit => boot.units[unit] !== undefined)
  const { nftablesFile } = platform
  const line = {
    kind: 'file-line',
    path: nftablesFile ?? '',
    // The brackets match the file alone, and that it is missing is no error then, as it would be of a plain name.
    line: `include "${paths.fence.replace(/t$/, '[t]')}" # taskfence`,
  } as const
  return [
    ...flushing.map(unit => dropIn(unit, reloadingDropIn, true)),
    dropIn('docker.service', requiringDropIn, persistence.failClosed),
    ...(nftablesFile === null || boot.units['nftables.service'] === undefined
      ? []
      : [twinOf(entries, line, persistence.nftablesInclude && isStanding ? 'present' : null)]),
  ]
}
