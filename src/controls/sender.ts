import type { Origin } from '../model/claim.js'
import type { Address, Facts, IpFamily } from '../model/facts.js'

/** An address that a sender there could have: one in the interface's own network, or of a network that nobody uses (RFC 5737, RFC 3849). */
export function senderOf(origin: Origin, family: IpFamily, facts: Facts): string {
  const routes = facts.network?.defaultRoutes[family] ?? []
  if (origin.kind === 'host' || origin.kind === 'host-task')
    return addressOf(routes[0], family, facts)?.address ?? (family === 'ipv4' ? '127.0.0.1' : '::1')
  const name = origin.kind === 'container' ? origin.bridge : origin.interface
  const address = addressOf(name, family, facts)
  if (address === undefined) return family === 'ipv4' ? '192.0.2.77' : '2001:db8::77'
  return beside(address.address)
}

/** The interface's own address of the family, link-local ones apart. */
export const addressOf = (name: string | undefined, family: IpFamily, facts: Facts): Address | undefined =>
  facts.network?.interfaces
    .find(link => link.name === name)
    ?.addresses.find(address => address.family === family && !address.address.startsWith('fe80'))

/** The next address, or the one before at the end of a byte: in the same network, if that has more than two. */
export function beside(address: string): string {
  const separator = address.includes(':') ? ':' : '.'
  const radix = separator === ':' ? 16 : 10
  const parts = address.split(separator)
  const last = parseInt(parts.at(-1) || '0', radix)
  const next = last >= (separator === ':' ? 0xffff : 254) ? last - 1 : last + 1
  return [...parts.slice(0, -1), next.toString(radix)].join(separator)
}
