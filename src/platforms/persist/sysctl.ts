import type { DesiredEntry } from '../../model/desired.js'
import type { Twin } from '../platform.js'
import { entriesOf, isWanted, twinOf } from './twin.js'
import { paths } from './units.js'

/** systemd-sysctl reads the file before the network is there (sysctl.d(5)). */
export function persistSysctls(runtime: readonly DesiredEntry[]): readonly Twin[] {
  const entries = entriesOf(runtime, 'sysctl')
  if (entries.length === 0) return []
  const lines = entries.filter(isWanted).flatMap(({ resource: { key }, state }) =>
    // ecs-init sets `all` to the value of `default` when its service stops.
    [key, key.replace('.all.', '.default.')].map(name => `${name} = ${state ?? ''}\n`),
  )
  const text = lines.length === 0 ? null : [header, ...new Set(lines)].join('')
  return [twinOf(entries, { kind: 'file', path: paths.sysctl, mode: 0o644 }, text)]
}

const header = '# Made by taskfence; an edit of this file is drift.\n'
