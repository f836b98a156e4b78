import type { IpFamily } from '../model/facts.js'

/** A packet as it stands on the wire, or as the host's own program sends it. */
export interface Packet {
  readonly family: IpFamily
  readonly protocol: 'tcp'
  readonly source: string
  readonly destination: string
  readonly destinationPort: number
  /** The interface it comes in on; null: made by the host. */
  readonly iif: string | null
  /** `meta iifkind` of that interface: "bridge", "veth", …; null: not one of the named kinds (a plain NIC); undefined: could not tell. */
  readonly iifKind: string | null | undefined
  /** The cgroups (v2) its sender is in, the outermost first, as nft names them: "ecstasks.slice", "ecstasks.slice/…"; left out: not known. */
  readonly cgroups?: readonly string[]
  /** The class (net_cls) of the cgroup (v1) its sender is in; 0: none; left out: not known. */
  readonly class?: number
  /**
   * new: its connection's first packet (SYN). established: a later one, in the original direction. one-way: a later one
   * whose answers do not come back through this host, which connection tracking calls INVALID and NAT leaves alone (an ACK
   * in SYN_SENT: nf_conntrack_proto_tcp.c).
   */
  readonly state: 'new' | 'established' | 'one-way'
}

/** What routing needs to know of the host. */
export interface Surroundings {
  /** Is the address one of the host's own? */
  isLocal(address: string): boolean
  /** The interface a packet to the address leaves by; null: no route; undefined: could not tell. `mark`: what rules have set, for policy routing. */
  routeTo(address: string, family: IpFamily, mark?: number): string | null | undefined
  /** Effective route_localnet (all OR interface) of an interface; undefined: could not tell. */
  routeLocalnet(iif: string): boolean | undefined
  /** ip_forward / forwarding; undefined: could not tell. */
  forwards(family: IpFamily): boolean | undefined
  /** The address that REDIRECT gives a packet which came in on the interface. Without it, or undefined: could not tell. */
  addressOf?(iif: string, family: IpFamily): string | undefined
}

export type Fate =
  | { readonly fate: 'dropped'; readonly by: string }
  /** To a socket of this host (after NAT), or out of an interface. */
  | {
      readonly fate: 'delivered'
      readonly to: 'local' | 'forwarded'
      readonly address: string
      readonly port: number
      readonly by: string
    }
  | { readonly fate: 'unknown'; readonly because: string }
