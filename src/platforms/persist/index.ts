import type { DesiredEntry } from '../../model/desired.js'
import type { Platform, Surroundings, Twin } from '../platform.js'
import { persistFence } from './fence.js'
import { persistRules } from './rules.js'
import { persistSysctls } from './sysctl.js'

/** The durable twins on a Linux that systemd starts, in the order in which they are written. Pure. */
export function persistOn(
  platform: Platform,
  runtime: readonly DesiredEntry[],
  around: Surroundings,
): readonly Twin[] {
  const { boot, os } = around.facts
  // A system known by ID_LIKE alone may keep these things elsewhere: a report says that it cannot tell.
  if (boot === null || !boot.systemd || !platform.names.includes(os.id)) return []
  return [
    ...persistSysctls(runtime),
    ...persistFence(platform, runtime, { ...around, boot }),
    ...persistRules(platform, runtime, { ...around, boot }),
  ]
}
