import { FileError, VerifyError } from '../model/errors.js'
import type { Look } from '../look/look.js'
import type { SysctlKey } from '../model/resource.js'
import type { ResourceKind } from './kind.js'

/**
 * A key under /proc/sys. For a key of `conf.all` whose effect is "all OR the interface's own", a host on which every
 * live bridge and `default` (which interfaces made later inherit) have the value reads as if `all` had it.
 */
export const sysctl: ResourceKind<SysctlKey> = {
  id: resource => `sysctl ${resource.key}`,

  async read(resource, look, wanted) {
    const text = await look.file(pathOf(resource.key))
    if (text === null) return null
    const value = text.trim()
    if (value === wanted || wanted !== '1' || !orKeys.has(resource.key)) return value
    return (await everyInterface(resource.key, wanted, look)) ? wanted : value
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      // The value before taskfence is not known, so there is nothing of ours to take away.
      if (state === null) continue
      const path = pathOf(resource.key)
      if ((await host.files.read(path)) === null) throw new FileError(path, 'the kernel has no such key')
      await host.files.poke(path, `${state}\n`)
      const after = (await host.files.read(path))?.trim() ?? null
      if (after !== state) throw new VerifyError(`sysctl ${resource.key}`, state, after)
    }
  },
}

/** Keys for which the kernel ORs `all` with the interface (Documentation/networking/ip-sysctl.rst). */
const orKeys: ReadonlySet<string> = new Set(['net.ipv4.conf.all.route_localnet'])

async function everyInterface(key: string, wanted: string, look: Look): Promise<boolean> {
  if (look.facts.network === null) return false
  const bridges = look.facts.network.interfaces.filter(link => link.kind === 'bridge').map(link => link.name)
  const values = await Promise.all(
    ['default', ...bridges].map(name =>
      look.file(pathOf(key.replace('.all.', `.${name.replaceAll('.', '/')}.`))),
    ),
  )
  return values.every(value => value?.trim() === wanted)
}

/** As in sysctl(8): '.' and '/' change places, so an interface "eth0.100" is written "eth0/100". */
const pathOf = (key: string): string =>
  `/proc/sys/${key.replace(/[./]/g, character => (character === '.' ? '/' : '.'))}`
