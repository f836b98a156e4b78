import type { ServiceUnit } from '../model/resource.js'
import type { ResourceKind } from './kind.js'
import { isMasked, linksOf, writeDurable } from './write-durable.js'

/** Whether a unit starts at boot, told by its links alone: that works for an image too, and asks no program. */
export const serviceUnit: ResourceKind<ServiceUnit> = {
  id: ({ name }) => `unit ${name}`,

  async read(unit, { host }, wanted) {
    if (wanted !== null && (await isMasked(unit, host))) return 'masked'
    const links = await Promise.all(linksOf(unit).map(path => host.files.link(path)))
    if (links.every(target => target === null)) return null
    if ((await host.files.stat(unit.file)) === null) return `enabled, but there is no ${unit.file}`
    const missing = unit.wantedBy.filter((_target, index) => links[index] === null)
    return missing.length === 0 ? 'enabled' : `not pulled in by ${missing.join(', ')}`
  },

  batch: () => 'systemd',
  write: writeDurable,
}
