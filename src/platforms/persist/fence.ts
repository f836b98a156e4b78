import type { DesiredEntry } from '../../model/desired.js'
import { fenceFileText } from '../../resources/fence-file-text.js'
import type { Platform, Twin } from '../platform.js'
import { entriesOf, twinOf, unitTwins, type Bootable } from './twin.js'
import { fenceUnit, paths, reloadingDropIn, requiringDropIn } from './units.js'

/** The fence as a file, the unit that loads it, and what keeps it standing beside services that flush. */
export function persistFence(
  platform: Platform,
  runtime: readonly DesiredEntry[],
  around: Bootable,
): readonly Twin[] {
  const entries = entriesOf(runtime, 'fence-rule')
  if (entries.length === 0) return []
  const rules = entries.flatMap(({ resource, state }) => (state === null ? [] : [{ resource, state }]))
  const isStanding = rules.length > 0
  const tags = around.complete ? null : [...new Set(entries.map(({ resource }) => resource.tag))]
  const file = { kind: 'fence-file', path: paths.fence, tags } as const
  return [
    twinOf(entries, file, isStanding ? fenceFileText(rules) : null),
    ...unitTwins(
      entries,
      { name: 'taskfence-fence.service', text: fenceUnit, wantedBy: ['sysinit.target'] },
      isStanding,
      around,
    ),
    ...(isStanding || around.complete ? besideOthers(platform, entries, isStanding, around) : []),
  ]
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
