import type { Facts } from '../../model/facts.js'
import { paths } from './units.js'

/** What someone should know of the next boot, beside what is written. `names`: the systems whose ways are known. */
export function notesOnBoot({ boot, os }: Facts, names: readonly string[]): readonly string[] {
  if (boot === null || !names.includes(os.id)) return []
  if (!boot.systemd) return ['nothing survives a reboot here: systemd is not installed']
  const { units, program } = boot
  const isEnabled = (unit: string) => units[unit]?.enabled === true
  return [
    ...(program === null && units['taskfence.service'] === undefined
      ? [
          'at boot the fence and the sysctl come back, and the literal rules only with the next `taskfence apply`: taskfence is not in /usr/bin or /usr/local/bin, where a unit could start it',
        ]
      : []),
    ...boot.laterSysctls.flatMap(({ path, key, value }) =>
      value === '1'
        ? []
        : [`at boot ${key} becomes ${value}: ${path} is read after ${paths.sysctl}, and wins`],
    ),
    ...(isEnabled('firewalld.service')
      ? [
          'firewalld is enabled: it leaves the fence alone; a reload of it may take the literal rules, which the next `taskfence apply` puts back',
        ]
      : []),
    ...(isEnabled('ufw.service')
      ? [
          'ufw is enabled: its reload flushes only chains of its own, and the rules here stand in none of them',
        ]
      : []),
  ]
}
