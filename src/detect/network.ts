import type { Host } from '../host/host.js'
import { CommandError, ParseError } from '../model/errors.js'
import type { Address, Interface, IpFamily, NetworkFacts } from '../model/facts.js'
import type { Found } from './found.js'
import { defaultDevices, parseRoutes, parseRoutes6 } from './routes.js'

export async function detectNetwork(host: Host): Promise<Found<NetworkFacts | null>> {
  const command = { file: 'ip', args: ['-j', '-d', 'address', 'show'] }
  const [shown, route, route6, ...resolvers] = await Promise.all([
    host.run(command),
    host.files.read('/proc/net/route'),
    host.files.read('/proc/net/ipv6_route'),
    host.files.read('/etc/resolv.conf'),
    // What Docker gives its containers where the file above names the local stub of systemd-resolved.
    host.files.read('/run/systemd/resolve/resolv.conf'),
  ])
  if (shown.exitCode !== 0) throw new CommandError(command, shown, { hint: 'install iproute2' })
  const routes = { ipv4: parseRoutes(route ?? ''), ipv6: parseRoutes6(route6 ?? '') }
  return {
    fact: {
      interfaces: parseAddresses(shown.stdout),
      routes,
      defaultRoutes: { ipv4: defaultDevices(routes.ipv4), ipv6: defaultDevices(routes.ipv6) },
      metadataIsResolver: resolvers.some(text => /^\s*nameserver\s+169\.254\.169\.254\s*$/m.test(text ?? '')),
    },
  }
}

/** `ip -j -d address show` (iproute2). */
export function parseAddresses(text: string): readonly Interface[] {
  let links: unknown
  try {
    links = JSON.parse(text)
  } catch (error) {
    throw new ParseError('ip -j -d address show', text, 'not JSON', { cause: error })
  }
  if (!Array.isArray(links)) throw new ParseError('ip -j -d address show', text, 'not a list')
  return links.flatMap(interfaceOf)
}

function interfaceOf(link: unknown): readonly Interface[] {
  const name = text(link, 'ifname')
  // Old versions print {} for what they leave out.
  if (name === null) return []
  const type = text(link, 'link_type') ?? 'unknown'
  return [
    {
      name,
      kind: text(field(link, 'linkinfo'), 'info_kind') ?? (type === 'ether' ? 'ethernet' : type),
      up: list(link, 'flags').includes('UP'),
      master: text(link, 'master'),
      mac: text(link, 'address'),
      addresses: list(link, 'addr_info').flatMap(addressOf),
    },
  ]
}

function addressOf(shown: unknown): readonly Address[] {
  const address = text(shown, 'local')
  const prefix = field(shown, 'prefixlen')
  if (address === null || typeof prefix !== 'number') return []
  const named = text(shown, 'family')
  const family: IpFamily | null = named === 'inet' ? 'ipv4' : named === 'inet6' ? 'ipv6' : null
  return family === null ? [] : [{ family, address, prefix }]
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

function text(value: unknown, name: string): string | null {
  const found = field(value, name)
  return typeof found === 'string' ? found : null
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name)
  return Array.isArray(found) ? found : []
}
