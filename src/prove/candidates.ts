import type { Address, IpFamily } from '../model/facts.js'
import { contains, parseNetwork } from '../netfilter/cidr.js'

/**
 * Addresses for a probe, best first, from the top of the bridge's network: Docker hands addresses out from the bottom.
 * None that is in `avoid` (addresses or networks). `salt` keeps two runs at the same moment apart. Pure.
 */
export function candidatesIn(
  bridge: Address,
  avoid: readonly string[],
  salt: number,
  count: number,
): readonly string[] {
  const network = parseNetwork(`${bridge.address}/${bridge.prefix}`)
  if (network === null) return []
  const size = 1n << BigInt(widths[bridge.family] - network.prefix)
  // Neither the network's own address nor IPv4's broadcast address is a host's.
  const usable = size - 2n
  if (usable < 2n) return []
  return [...offsets(usable, BigInt(salt))]
    .map(below => format(bridge.family, network.first + usable - below))
    .filter(address => ![bridge.address, ...avoid].some(taken => contains(taken, address)))
    .filter((address, index, all) => all.indexOf(address) === index)
    .slice(0, count)
}

/** At the very top first; then further down in growing steps, for a policy that allows a whole part of the network. */
function* offsets(usable: bigint, salt: bigint): Generator<bigint> {
  const room = usable < 32n ? usable : 32n
  for (let step = 0n; step < room; step++) yield (salt + step) % room
  for (let step = 32n; step < usable; step *= 2n) yield step
}

const widths: Readonly<Record<IpFamily, number>> = { ipv4: 32, ipv6: 128 }

function format(family: IpFamily, value: bigint): string {
  const [parts, bits] = family === 'ipv4' ? ([4, 8n] as const) : ([8, 16n] as const)
  const mask = (1n << bits) - 1n
  const groups = Array.from(
    { length: parts },
    (_, index) => (value >> (bits * BigInt(parts - 1 - index))) & mask,
  )
  return family === 'ipv4' ? groups.join('.') : shortest(groups.map(group => group.toString(16)).join(':'))
}

/** As RFC 5952 writes it; our addresses have no second row of zeros to choose from but the network's. */
const shortest = (address: string): string => {
  const rows = address.match(/(?:^|:)0(?::0)+(?=:|$)/g) ?? []
  const longest = rows.reduce((best, row) => (row.length > best.length ? row : best), '')
  return longest === ''
    ? address
    : address
        .replace(longest, ':')
        .replace(/^:(?!:)/, '::')
        .replace(/:$/, '::')
}
