import type { IpFamily } from '../model/facts.js'

/** A network: its first address as a number, and how many of the leading bits count. */
export interface Network {
  readonly family: IpFamily
  readonly first: bigint
  readonly prefix: number
}

/** "10.0.0.0/8", "10.0.0.0/255.0.0.0", "fd00::/8", or an address alone. null: not one, or a mask with holes. */
export function parseNetwork(text: string): Network | null {
  const known = parsed.get(text)
  if (known !== undefined) return known
  if (parsed.size > 50_000) parsed.clear()
  const network = readNetwork(text)
  parsed.set(text, network)
  return network
}

// The same few texts are asked for again with every packet that is walked.
const parsed = new Map<string, Network | null>()

const widthOf = (family: IpFamily): number => (family === 'ipv4' ? 32 : 128)

function readNetwork(text: string): Network | null {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === null) return null
  const prefix = slash < 0 ? widthOf(address.family) : readPrefix(text.slice(slash + 1), address.family)
  if (prefix === null) return null
  const host = BigInt(widthOf(address.family) - prefix)
  return { family: address.family, first: (address.value >> host) << host, prefix }
}

function readPrefix(text: string, family: IpFamily): number | null {
  const width = widthOf(family)
  if (/^\d{1,3}$/.test(text)) return Number(text) <= width ? Number(text) : null
  const mask = parseAddress(text)
  if (mask?.family !== family) return null
  const bits = mask.value.toString(2).padStart(width, '0')
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : null
}

function parseAddress(text: string): { family: IpFamily; value: bigint } | null {
  const value = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  return value === null ? null : { family: text.includes(':') ? 'ipv6' : 'ipv4', value }
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null
  return BigInt(parts.reduce((sum, part) => sum * 256 + Number(part), 0))
}

function parseIpv6(text: string): bigint | null {
  const dotted = text.includes('.') ? /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) : null
  if (dotted) {
    const tail = parseIpv4(dotted[2] ?? '')
    if (tail === null) return null
    return parseIpv6(`${dotted[1] ?? ''}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2 || !/^[0-9a-fA-F:]+$/.test(text)) return null
  const [head, tail] = [readGroups(halves[0] ?? ''), readGroups(halves[1] ?? '')]
  if (head === null || tail === null) return null
  const missing = 32 - head.length - tail.length
  if (halves.length === 2 ? missing < 4 : missing !== 0) return null
  return BigInt(`0x${head}${'0'.repeat(missing)}${tail}`)
}

/** "fd00:ec2": "fd000ec2". */
function readGroups(text: string): string | null {
  if (text === '') return ''
  const groups = text.split(':')
  return groups.every(group => group.length > 0 && group.length < 5)
    ? groups.map(group => group.padStart(4, '0')).join('')
    : null
}

/** Every address of `inner` is in `outer`. */
export const within = (inner: Network, outer: Network): boolean =>
  inner.family === outer.family &&
  inner.prefix >= outer.prefix &&
  (inner.first ^ outer.first) >> BigInt(widthOf(outer.family) - outer.prefix) === 0n

export const overlap = (a: Network, b: Network): boolean => within(a, b) || within(b, a)

/** Is the address in the network? Unreadable text is in none. */
export function contains(network: string, address: string): boolean {
  const outer = parseNetwork(network)
  const inner = parseNetwork(address)
  return outer !== null && inner !== null && within(inner, outer)
}

/** The networks that make up a range of addresses; null when it is none. */
export function rangeNetworks(from: string, to: string): readonly string[] | null {
  const a = parseNetwork(from)
  const b = parseNetwork(to)
  if (a === null || b?.family !== a.family || a.first > b.first) return null
  const width = widthOf(a.family)
  const networks: string[] = []
  for (let next = a.first; next <= b.first;) {
    let bits = 0
    while (
      bits < width &&
      (next >> BigInt(bits)) % 2n === 0n &&
      next + (1n << BigInt(bits + 1)) - 1n <= b.first
    )
      bits++
    networks.push(`${formatAddress(a.family, next)}/${width - bits}`)
    next += 1n << BigInt(bits)
  }
  return networks
}

function formatAddress(family: IpFamily, value: bigint): string {
  const size = family === 'ipv4' ? 8n : 16n
  const count = family === 'ipv4' ? 4 : 8
  const parts = Array.from(
    { length: count },
    (_, i) => (value >> (size * BigInt(count - 1 - i))) & ((1n << size) - 1n),
  )
  return family === 'ipv4' ? parts.join('.') : parts.map(part => part.toString(16)).join(':')
}
