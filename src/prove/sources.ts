import { addressOf } from '../controls/sender.js'
import type { Host } from '../host/host.js'
import type { Address, Facts, IpFamily } from '../model/facts.js'
import type { Policy } from '../model/policy.js'
import { candidatesIn } from './candidates.js'
import { unused, type Wanted } from './duplicates.js'
import { inside, ip, must } from './run.js'

/** The address that probes come from. */
export interface Source {
  readonly address: string
  /** One that a container there could have. Else it is of a network that nobody uses (RFC 5737, RFC 3849). */
  readonly genuine: boolean
}

export type Sources = Readonly<Partial<Record<IpFamily, Source>>>

export interface Wire {
  readonly bridge: string
  readonly bridgeMac: string
  /** The process in whose namespace the bridge's new neighbour is. */
  readonly pid: number
  readonly families: readonly IpFamily[]
}

/** Gives eth0 an address of each family that nobody on the bridge has, and a way out by the bridge. A family without a free address is left out. */
export async function takeSources(wire: Wire, facts: Facts, policy: Policy, host: Host): Promise<Sources> {
  const wanted = wire.families.map(family => wantedOf(wire, family, facts, policy))
  const free = await unused(wanted, wire.pid, host)
  const taken = wanted.flatMap(({ family, own }) => {
    const address = own === undefined ? madeUp[family].address : free[family]
    return address === undefined ? [] : [{ family, own, address }]
  })
  const lines = taken.flatMap(({ family, own, address }) => linesFor(family, own, address, wire.bridgeMac))
  if (lines.length > 0) await must(inside(wire.pid, ip(lines)), host)
  return Object.fromEntries(
    taken.map(({ family, own, address }) => [family, { address, genuine: own !== undefined }]),
  )
}

function wantedOf(wire: Wire, family: IpFamily, facts: Facts, policy: Policy): Wanted {
  const own = addressOf(wire.bridge, family, facts)
  if (own === undefined) return { family, own, candidates: [] }
  const containers = (facts.docker?.containers ?? []).flatMap(container => container.addresses)
  const host = (facts.network?.interfaces ?? []).flatMap(link => link.addresses.map(({ address }) => address))
  // What policy lets through from there would say nothing of the others.
  const allowed = policy.imdsAllow.flatMap(entry => ('cidr' in entry ? [entry.cidr] : []))
  return { family, own, candidates: candidatesIn(own, [...containers, ...host, ...allowed], wire.pid, 4) }
}

const madeUp: Readonly<Record<IpFamily, { readonly address: string; readonly gateway: string }>> = {
  ipv4: { address: '192.0.2.77', gateway: '192.0.2.1' },
  ipv6: { address: '2001:db8::77', gateway: '2001:db8::1' },
}

/** The bridge's MAC is known, so nobody is asked for it and nobody hears of our address. */
function linesFor(
  family: IpFamily,
  own: Address | undefined,
  address: string,
  bridgeMac: string,
): readonly string[] {
  const width = own?.prefix ?? (family === 'ipv4' ? 32 : 128)
  const gateway = own?.address ?? madeUp[family].gateway
  return [
    // The checked IPv6 address stands already.
    ...(family === 'ipv6' && own !== undefined
      ? []
      : [`address add ${address}/${width} dev eth0${family === 'ipv6' ? ' nodad' : ''}`]),
    `neigh replace ${gateway} lladdr ${bridgeMac} dev eth0 nud permanent`,
    `route add default via ${gateway} dev eth0 onlink`,
  ]
}
