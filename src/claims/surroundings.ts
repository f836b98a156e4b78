import type { Look } from '../look/look.js'
import type { NetworkFacts, Route } from '../model/facts.js'
import { contains } from '../netfilter/cidr.js'
import type { Surroundings } from '../netfilter/packet.js'

/** What routing would say, as far as the main table and the sysctls tell. `iif`: the interface a packet comes in on. */
export async function surroundingsOf(look: Look, iif: string | null): Promise<Surroundings> {
  const localnet = iif === null ? undefined : await routeLocalnet(iif, look)
  const network = look.facts.network
  return {
    isLocal: address => isLocal(network, address),
    routeTo: (address, family) => (network === null ? undefined : routeTo(network.routes[family], address)),
    routeLocalnet: name => (name === iif ? localnet : undefined),
    // Docker turns it on when it starts: a promise that holds only until then is none.
    forwards: () => true,
  }
}

/** all OR the interface's own; one that does not exist yet will inherit `default`. */
export async function routeLocalnet(name: string, look: Look): Promise<boolean | undefined> {
  const folder = '/proc/sys/net/ipv4/conf'
  const [all, own, inherited] = await Promise.all([
    flag(look, `${folder}/all/route_localnet`),
    flag(look, `${folder}/${name}/route_localnet`),
    flag(look, `${folder}/default/route_localnet`),
  ])
  if (all === true) return true
  const second = own ?? inherited
  return all === undefined || second === undefined ? undefined : second
}

async function flag(look: Look, path: string): Promise<boolean | undefined> {
  const text = await look.file(path)
  return text === null ? undefined : Number(text.trim()) !== 0
}

function isLocal(network: NetworkFacts | null, address: string): boolean {
  if (contains('127.0.0.0/8', address) || address === '::1') return true
  return (network?.interfaces ?? []).some(link =>
    link.addresses.some(own => contains(`${own.address}/${own.family === 'ipv4' ? 32 : 128}`, address)),
  )
}

function routeTo(routes: readonly Route[], address: string): string | null {
  const length = (route: Route) => Number(route.destination.split('/')[1])
  const fitting = routes.filter(route => contains(route.destination, address))
  return fitting.sort((a, b) => length(b) - length(a))[0]?.device ?? null
}
