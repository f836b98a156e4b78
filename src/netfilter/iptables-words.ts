import type { Condition, PortRange, Protocol, TcpFlag } from './condition.js'

const protocols: Readonly<Record<string, Protocol>> = {
  tcp: 'tcp',
  6: 'tcp',
  udp: 'udp',
  17: 'udp',
  icmp: 'icmp',
  1: 'icmp',
  icmpv6: 'icmpv6',
  'ipv6-icmp': 'icmpv6',
  58: 'icmpv6',
  sctp: 'sctp',
  132: 'sctp',
}

/** By name or number, as iptables and nft print it. Not among those known by name: "other". */
export const protocolOf = (word: string): Protocol =>
  Object.hasOwn(protocols, word) ? (protocols[word] ?? 'other') : 'other'

export const readProtocol = (word: string, negated: boolean): Condition => ({
  on: 'protocol',
  negated,
  protocols: [protocolOf(word)],
})

/** "80", "80:90", ":1023", "1024:", and lists of them. null: a name, or no port. */
export function readPorts(
  on: 'source-port' | 'destination-port' | 'any-port',
  negated: boolean,
  word: string,
): Condition | null {
  const ports: PortRange[] = []
  for (const part of word.split(',')) {
    const found = /^(\d{1,5})?(:)?(\d{1,5})?$/.exec(part)
    if (!found || part === '' || part === ':') return null
    const from = Number(found[1] ?? 0)
    const to = found[2] === undefined ? from : Number(found[3] ?? 65535)
    if (from > 65535 || to > 65535) return null
    ports.push({ from, to })
  }
  return { on, negated, ports }
}

const flags: Readonly<Record<string, readonly TcpFlag[]>> = {
  FIN: ['fin'],
  SYN: ['syn'],
  RST: ['rst'],
  PSH: ['psh'],
  ACK: ['ack'],
  URG: ['urg'],
  ALL: ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'],
  NONE: [],
}

/** `--tcp-flags MASK VALUE`. */
export function readTcpFlags(mask: string, value: string, negated: boolean): Condition | null {
  const read = (word: string): readonly TcpFlag[] | null => {
    const lists = word.split(',').map(name => (Object.hasOwn(flags, name) ? flags[name] : undefined))
    return lists.includes(undefined) ? null : lists.flatMap(list => list ?? [])
  }
  const masked = read(mask)
  const wanted = read(value)
  return masked && wanted ? tcpFlags(masked, wanted, negated) : null
}

/** A test that a SYN passes and a later packet does not is `syn`, whichever bits it names. */
export function tcpFlags(mask: readonly TcpFlag[], value: readonly TcpFlag[], negated: boolean): Condition {
  const onlySyn = value.length === 1 && value[0] === 'syn' && mask.includes('syn')
  const plain = !mask.includes('ecn') && !mask.includes('cwr')
  return onlySyn && plain ? { on: 'syn', negated } : { on: 'tcp-flags', negated, mask, value }
}
