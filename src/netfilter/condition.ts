import type { IpFamily } from '../model/facts.js'

export type Protocol = 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'sctp' | 'other'
/** SNAT and DNAT stand beside the others: a translated connection is ESTABLISHED and DNAT. */
export type ConnState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED' | 'SNAT' | 'DNAT'
export type TcpFlag = 'fin' | 'syn' | 'rst' | 'psh' | 'ack' | 'urg' | 'ecn' | 'cwr'

export interface PortRange {
  readonly from: number
  readonly to: number
}

/** One test of a rule, from either language. Each may be negated. `unknown` decides nothing: it is neither true nor false. */
export type Condition = { readonly negated: boolean } & (
  | { readonly on: 'family'; readonly family: IpFamily }
  /** CIDR, one of them. */
  | { readonly on: 'source' | 'destination'; readonly networks: readonly string[] }
  /** Names; a last '*' stands for any ending. */
  | { readonly on: 'in' | 'out'; readonly names: readonly string[] }
  /** `meta iifkind`. Holds for no interface without a kind (a plain NIC, lo), negated or not. */
  | { readonly on: 'in-kind'; readonly kinds: readonly string[] }
  | { readonly on: 'protocol'; readonly protocols: readonly Protocol[] }
  | { readonly on: 'source-port' | 'destination-port' | 'any-port'; readonly ports: readonly PortRange[] }
  /** Without a connection the state is INVALID, or UNTRACKED after `notrack`. */
  | { readonly on: 'state'; readonly states: readonly ConnState[] }
  /** nft's `ct status`. Holds for no packet without a connection, negated or not. */
  | { readonly on: 'nat-status'; readonly statuses: readonly ('SNAT' | 'DNAT')[] }
  /** Which way the packet goes in its connection. Holds for no packet without one, negated or not. */
  | { readonly on: 'direction'; readonly direction: 'original' | 'reply' }
  /**
   * nft's `socket cgroupv2 level N`: what the sender is in at that depth, as nft names it (below /sys/fs/cgroup); a number
   * is a cgroup that is gone. Holds for no sender less deep, negated or not.
   */
  | { readonly on: 'cgroup'; readonly level: number; readonly paths: readonly string[] }
  /** nft's `meta cgroup`: the class (net_cls) of the sender. */
  | { readonly on: 'class'; readonly classes: readonly number[] }
  | { readonly on: 'mark'; readonly value: number; readonly mask: number }
  /** What the kernel's routing says of an address, in capitals: `-m addrtype`, `fib … type`. */
  | { readonly on: 'address-type'; readonly of: 'source' | 'destination'; readonly types: readonly string[] }
  /** `fib daddr . iif oif exists`: the packet came in where it would be routed out. */
  | { readonly on: 'returns-where-it-came' }
  /** Only a connection's first packet: `--syn`, `tcp flags & (syn|ack) == syn`. */
  | { readonly on: 'syn' }
  /** (flags & mask) == value. */
  | { readonly on: 'tcp-flags'; readonly mask: readonly TcpFlag[]; readonly value: readonly TcpFlag[] }
  /** One of the groups holds; a group holds when all of it does. */
  | { readonly on: 'any-of'; readonly groups: readonly (readonly Condition[])[] }
  | { readonly on: 'unknown'; readonly text: string }
)
