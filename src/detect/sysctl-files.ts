import type { Host } from '../host/host.js'
import type { LaterSysctl } from '../model/boot-facts.js'

/** Settings of route_localnet that systemd-sysctl reads after ours and so lets win (sysctl.d(5)). */
export async function detectLaterSysctls(host: Host): Promise<readonly LaterSysctl[]> {
  const folders = await Promise.all(
    places.map(async folder => ({ folder, names: (await host.files.list(folder)) ?? [] })),
  )
  // Files with one name: the first folder's is read, the others' never. All that are read: in the order of their names.
  const files = new Map<string, string>()
  for (const { folder, names } of folders)
    for (const name of names) if (!files.has(name)) files.set(name, `${folder}/${name}`)
  const later = [...files.keys()].filter(name => name.endsWith('.conf') && name > ours).sort()
  const settings = later.map(async name => {
    const path = files.get(name) ?? ''
    // A link to /dev/null takes a file of that name out.
    return parseSysctls((await host.files.read(path)) ?? '').map(setting => ({ path, ...setting }))
  })
  const found = (await Promise.all(settings)).flat().filter(({ key }) => watched.test(key))
  // Of two that set one key the one before is as good as absent.
  return found.filter(({ key }, index) => found.findLastIndex(one => one.key === key) === index)
}

/** The last is another folder than the one before where /lib is no link (Debian 11, Ubuntu 20.04, once upgraded). */
const places = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
]
const ours = '99-taskfence.conf'
const watched = /^net\.ipv4\.conf\.(all|default)\.route_localnet$/

/** "key = value" a line; '#' and ';' lines are comments, a '-' before the key lets it fail. */
export function parseSysctls(text: string): readonly { readonly key: string; readonly value: string }[] {
  return text.split('\n').flatMap(line => {
    const [, name = '', value = ''] = /^\s*-?([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    return name === '' ? [] : [{ key: dotted(name), value }]
  })
}

/** Where the first separator is a '/', '/' and '.' mean each other. */
const dotted = (name: string): string =>
  /^[^./]*\//.test(name) ? name.replace(/[./]/g, one => (one === '/' ? '.' : '/')) : name
