import type { Host } from '../host/host.js'
import type { BootFacts, UnitFacts } from '../model/boot-facts.js'
import type { Found } from './found.js'
import { detectLaterSysctls } from './sysctl-files.js'

/** Read from links and files, never asked of systemctl: an image has none that runs, and a check must be fast. */
export async function detectBoot(host: Host): Promise<Found<BootFacts>> {
  const first = async (paths: readonly string[]) => {
    for (const path of paths) if ((await host.files.stat(path)) !== null) return path
    return null
  }
  if ((await first(systemd)) === null)
    return { fact: { systemd: false, units: {}, program: null, laterSysctls: [] } }
  const [program, laterSysctls, folders, wants] = await Promise.all([
    first(programs),
    detectLaterSysctls(host),
    listed(host, unitFolders),
    listed(host, wantsFolders),
  ])
  const units = names.map(async (name): Promise<readonly [string, UnitFacts]> => {
    const links = await Promise.all(withName(name, wants).map(path => host.files.link(path)))
    const [file = null] = withName(name, folders)
    return [name, { file, enabled: links.some(link => link !== null) }]
  })
  const there = (await Promise.all(units)).filter(([, { file, enabled }]) => file !== null || enabled)
  return { fact: { systemd: true, units: Object.fromEntries(there), program, laterSysctls } }
}

type Listed = readonly { readonly folder: string; readonly has: ReadonlySet<string> }[]

/** Each name in each folder would be some sixty questions. */
const listed = (host: Host, folders: readonly string[]): Promise<Listed> =>
  Promise.all(folders.map(async folder => ({ folder, has: new Set((await host.files.list(folder)) ?? []) })))

const withName = (name: string, folders: Listed): readonly string[] =>
  folders.filter(({ has }) => has.has(name)).map(({ folder }) => `${folder}/${name}`)

const systemd = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd']
const programs = ['/usr/bin/taskfence', '/usr/local/bin/taskfence']

const etc = '/etc/systemd/system'
/** Of packages and of `make install`; what an administrator puts into /etc is looked for last (systemd.unit(5) reads it first, with the same name). */
const unitFolders = ['/usr/local/lib/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system', etc]
/** Of what the units below name in [Install], in the versions there were. */
const wantsFolders = ['sysinit.target', 'basic.target', 'multi-user.target', 'ecstasks.slice'].map(
  target => `${etc}/${target}.wants`,
)

const names = [
  'taskfence.service',
  'taskfence-fence.service',
  'taskfence-host.service',
  'nftables.service',
  'firewalld.service',
  'ufw.service',
  'iptables.service',
  'ip6tables.service',
  'netfilter-persistent.service',
]
