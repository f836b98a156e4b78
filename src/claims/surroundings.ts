import type { Look } from '../look/look.js'
import type { NetworkFacts, Route } from '../model/facts.js'
import { contains } from '../netfilter/cidr.js'
import type { Surroundings } from '../netfilter/packet.js'

/** What routing would say, as far as the main table and the sysctls tell. `iif`: the interface a packet comes in on. */
export async function surroundingsOf(look: Look, iif: string | null): Promise<Surroundings> {
  const localnet = iif === null ? undefined : await routeLocalnet(iif, look)
  const { network } = look.facts
  const known = network === null ? null : knownOf(network)
  return {
    isLocal: address => once(known?.local, address, () => isLocal(network, address)),
    routeTo: (address, family) =>
      network === null
        ? undefined
        : once(known?.routes, `${family} ${address}`, () => routeTo(network.routes[family], address)),
    routeLocalnet: name => (name === iif ? localnet : undefined),
    // Docker turns it on when it starts: a promise that holds only until then is none.
    forwards: () => true,
  }
}

/** Every rule of every claim's packet asks for the same few addresses. */
interface Known {
  readonly local: Map<string, boolean>
  readonly routes: Map<string, string | null>
}

const knownOf = (network: NetworkFacts): Known => {
  const found = everKnown.get(network) ?? { local: new Map(), routes: new Map() }
  everKnown.set(network, found)
  return found
}

const everKnown = new WeakMap<NetworkFacts, Known>()

function once<T>(answers: Map<string, T> | undefined, key: string, tell: () => T): T {
  const found = answers?.get(key)
  if (found !== undefined) return found
  const answer = tell()
  answers?.set(key, answer)
  return answer
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
