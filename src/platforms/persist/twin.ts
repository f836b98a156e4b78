import type { BootFacts } from '../../model/boot-facts.js'
import type { DesiredEntry } from '../../model/desired.js'
import type { Resource, ResourceOf, State } from '../../model/resource.js'
import type { Surroundings, Twin } from '../platform.js'

export type Bootable = Surroundings & { readonly boot: BootFacts }

export type EntryOf<K extends Resource['kind']> = DesiredEntry & { readonly resource: ResourceOf<K> }

/** With what the next boot is to find. */
export const entriesOf = <K extends Resource['kind']>(
  runtime: readonly DesiredEntry[],
  kind: K,
): readonly EntryOf<K>[] =>
  runtime
    .map(entry => (entry.atBoot === undefined ? entry : { ...entry, state: entry.atBoot }))
    .filter((entry): entry is EntryOf<K> => entry.resource.kind === kind)

/** What becomes of entries at the next boot. Only reported where each of them is. */
export const twinOf = (entries: readonly DesiredEntry[], resource: Resource, state: State): Twin => ({
  resource,
  state,
  controls: [...new Set(entries.flatMap(entry => entry.controls))],
  reportOnly: entries.every(entry => entry.reportOnly === true),
})

export const isWanted = (entry: DesiredEntry): boolean => entry.state !== null

/**
 * A unit, and its file where no package brought one. `wanted` is null where only some controls were asked and none of
 * them needs it: others may.
 */
export function unitTwins(
  entries: readonly DesiredEntry[],
  unit: { readonly name: string; readonly text: string; readonly wantedBy: readonly string[] },
  wanted: boolean,
  { boot, complete }: Bootable,
): readonly Twin[] {
  if (!wanted && !complete) return []
  const { name, text, wantedBy } = unit
  const own = `/etc/systemd/system/${name}`
  const packaged = boot.units[name]?.file ?? own
  const link = twinOf(
    entries,
    { kind: 'service-unit', name, file: packaged, wantedBy },
    wanted ? 'enabled' : null,
  )
  if (packaged !== own) return [link]
  const file = twinOf(entries, { kind: 'file', path: own, mode: 0o644 }, wanted ? text : null)
  return wanted ? [file, link] : [link, file]
}
