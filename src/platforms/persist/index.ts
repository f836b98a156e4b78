import type { DesiredEntry } from '../../model/desired.js'
import type { Platform, Surroundings, Twin } from '../platform.js'
import { persistFence, persistHostFence } from './fence.js'
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
  const lost = runtime.filter(entry => isLost(entry) && !isHostFence(entry))
  return [
    ...persistSysctls(lost),
    ...persistFence(platform, lost, { ...around, boot }),
    ...persistHostFence(runtime.filter(isHostFence), { ...around, boot }),
    ...persistRules(platform, lost, { ...around, boot }),
  ]
}

/** A file of settings is there after a reboot as it is. */
const isLost = ({ resource }: DesiredEntry): boolean => resource.kind !== 'agent-setting'

/** Stands apart in everything: what fails of it touches nothing else. */
const isHostFence = ({ resource }: DesiredEntry): boolean =>
  'table' in resource && resource.table === 'taskfence_host'
