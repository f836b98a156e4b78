import type { Facts } from '../../model/facts.js'
import type { Resource } from '../../model/resource.js'
import type { Platform } from '../platform.js'
import { paths } from './units.js'

/** Whatever of ours can stand in the files of such a system, wanted or not, in the order in which it may go. Pure. */
export function durableTraces(platform: Platform, { boot }: Facts): readonly Resource[] {
  const file = (path: string): Resource => ({ kind: 'file', path, mode: 0o644 })
  const lines = [platform.nftablesFile, ...platform.restores.map(({ path }) => path)]
  return [
    ...Object.entries(units).flatMap(([name, wantedBy]): readonly Resource[] => {
      const own = `${folder}/${name}`
      return [{ kind: 'service-unit', name, file: boot?.units[name]?.file ?? own, wantedBy }, file(own)]
    }),
    ...dropIns.map(unit => file(`${folder}/${unit}.d/taskfence.conf`)),
    ...lines.flatMap(path => (path === null ? [] : [{ kind: 'own-lines', path } as const])),
    ...[paths.sysctl, paths.modules, paths.host, paths.fence].map(file),
  ]
}

const folder = '/etc/systemd/system'

/** With all that ever pulled them in. */
const units = {
  'taskfence.service': ['multi-user.target'],
  'taskfence-host.service': ['multi-user.target', 'ecstasks.slice'],
  'taskfence-fence.service': ['sysinit.target'],
}

const dropIns = ['nftables.service', 'firewalld.service', 'docker.service']
