import type { IpFamily } from '../model/facts.js'
import type { Point } from './points.js'

/** A connection about to be attempted: whatever happens to its first packet can be told from all others. */
export interface Tracked {
  readonly family: IpFamily
  /** null: the host itself sends, from an address that routing chooses. */
  readonly source: string | null
  readonly sourcePort: number
  readonly to: string
  readonly port: number
  /** "127.0.0.1:51679" */
  readonly arrivesAt: string | undefined
}

export const counterOf = (tracked: number, point: number): string => `p${tracked}_${point}`
export const arrivalOf = (tracked: number): string => `p${tracked}_arrived`

/** nft statements that make the table: counters by name, in chains that drop nothing. `conntrack`: the host uses it already. */
export function statements(
  table: string,
  points: readonly Point[],
  tracked: readonly Tracked[],
  conntrack: boolean,
): readonly string[] {
  const counters = tracked.flatMap((_, index) => [
    ...points.map((_point, at) => counterOf(index, at)),
    arrivalOf(index),
  ])
  return [
    ...counters.map(name => `add counter ${table} ${name}`),
    ...points.map(
      ({ hook, priority }, at) =>
        `add chain ${table} at${at} { type filter hook ${hook} priority ${priority}; policy accept; }`,
    ),
    ...tracked.flatMap((one, index) =>
      points.flatMap((point, at) => {
        const arrived = isLast(points, at) ? arrival(one, point) : []
        const counted = [
          ...arrived.map(match => `${match} counter name "${arrivalOf(index)}"`),
          ...rules(one, point, `counter name "${counterOf(index, at)}"`, conntrack),
        ]
        return counted.map(rule => `add rule ${table} at${at} ${rule}`)
      }),
    ),
  ]
}

const isLast = (points: readonly Point[], at: number): boolean => points[at + 1]?.hook !== points[at]?.hook

const firstPacket = 'tcp flags & (fin | syn | rst | ack) == syn'
const word: Readonly<Record<IpFamily, string>> = { ipv4: 'ip', ipv6: 'ip6' }

/** Source port and address are nobody else's, so they tell it however DNAT turns the destination; after SNAT only conntrack can. */
function rules(one: Tracked, point: Point, count: string, conntrack: boolean): readonly string[] {
  const plain = `${sender(one, point)} ${firstPacket} ${count}`
  const maySeeSourceNat =
    (point.hook === 'postrouting' || point.hook === 'input') && point.priority >= sourceNat
  if (!maySeeSourceNat || !conntrack) return [plain]
  const source = one.source === null ? '' : `ct original ${word[one.family]} saddr ${one.source} `
  const ports = `ct original proto-src ${one.sourcePort} ct original proto-dst ${one.port}`
  const original = `meta nfproto ${one.family} ${source}meta l4proto tcp ${ports} ${firstPacket} ${count}`
  // Once, whichever matches first: an untracked packet has no original, and its source is as it was.
  return [`${plain} return`, original]
}

/** NF_IP_PRI_NAT_SRC (linux/netfilter_ipv4.h). */
const sourceNat = 100

function sender(one: Tracked, point: Point): string {
  const port = `tcp sport ${one.sourcePort}`
  if (one.source !== null) return `${word[one.family]} saddr ${one.source} ${port}`
  const family = `meta nfproto ${one.family}`
  // What the host sends comes in again only where it sends to itself.
  return point.hook === 'prerouting' || point.hook === 'input'
    ? `iifname "lo" ${family} ${port}`
    : `${family} ${port}`
}

function arrival(one: Tracked, { hook }: Point): readonly string[] {
  const split = hook === 'input' ? /^\[?(.+?)\]?:(\d+)$/.exec(one.arrivesAt ?? '') : null
  if (split === null) return []
  const [, address, port] = split
  return [`${word[one.family]} daddr ${address} tcp sport ${one.sourcePort} tcp dport ${port} ${firstPacket}`]
}
