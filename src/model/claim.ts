import type { IpFamily } from './facts.js'
import type { ControlId } from './policy.js'

/** Where a packet comes from. A hypothetical bridge need not exist: it stands for those made tomorrow. */
export type Origin =
  | { readonly kind: 'container'; readonly bridge: string; readonly hypothetical: boolean }
  | { readonly kind: 'neighbour'; readonly interface: string }
  | { readonly kind: 'host' }
  /** A task in host network mode; task null: any that is to come. */
  | {
      readonly kind: 'host-task'
      readonly task: string | null
      /** Those of v2, the outermost first, as nft names them; null: not known. */
      readonly cgroups: readonly string[] | null
      /** That of its net_cls, where there is v1 alone; left out: not known. */
      readonly class?: number
    }

/** A packet's fate, however the rules are arranged. */
export interface PacketClaim {
  readonly kind: 'packet'
  readonly family: IpFamily
  readonly origin: Origin
  readonly from: string
  /** As sent, before any NAT. */
  readonly to: string
  readonly protocol: 'tcp'
  readonly port: number
  readonly fate: 'dropped' | 'delivered'
  /** Where a delivered packet must arrive after NAT, "127.0.0.1:51679". */
  readonly arrivesAt?: string
}

/** Packets for 127.0.0.0/8 that come in on the interface are routed to lo instead of being dropped as martians. */
export interface LocalnetClaim {
  readonly kind: 'localnet-routing'
  /** An interface, or "default" for those made tomorrow. */
  readonly interface: string
}

/** The agent is without a weakness: new enough, or none of the packets that use it gets through. */
export interface AgentVersionClaim {
  readonly kind: 'agent-version'
  /** "CVE-2025-9039" */
  readonly weakness: string
  /** The first agent without it. */
  readonly fixedIn: string
  /** Each of them dropped: what stands in for a newer agent. */
  readonly closed: readonly PacketClaim[]
}

/** Something answers HTTP there, whatever its status: asked by this host of itself. */
export interface EndpointClaim {
  readonly kind: 'endpoint'
  readonly address: string
  readonly port: number
  readonly path: string
}

/** A switch of the agent is on. */
export interface AgentSettingClaim {
  readonly kind: 'agent-setting'
  readonly name: string
  /** next: the one that starts next, as none runs now, or the one that runs waits for its restart. */
  readonly agent: 'running' | 'next'
}

/** The container of an agent that somebody runs by hand shares the host's network. */
export interface AgentNetworkClaim {
  readonly kind: 'agent-network'
}

/** A running task with a network interface of its own cannot reach the metadata service. */
export interface TaskMetadataClaim {
  readonly kind: 'task-metadata'
  /** Its ARN. */
  readonly task: string
  /** "web:3 0123abcd", for people. */
  readonly name: string
  readonly families: readonly IpFamily[]
  /** The process that holds its network namespace; null: not told. */
  readonly namespacePid: number | null
}

export type Claim =
  | PacketClaim
  | LocalnetClaim
  | AgentVersionClaim
  | AgentSettingClaim
  | AgentNetworkClaim
  | TaskMetadataClaim
  | EndpointClaim
export type ClaimKind = Claim['kind']

/** Three answers, never two. */
export type Proof =
  | { readonly holds: true; readonly evidence?: string; readonly because?: string }
  | { readonly holds: false; readonly because: string; readonly evidence?: string }
  | { readonly holds: null; readonly because: string; readonly evidence?: string }

export interface ClaimEntry {
  readonly control: ControlId
  readonly claim: Claim
  readonly proof: Proof
  /** The control only observes: the answer is told and counts for nothing. */
  readonly reportOnly?: boolean
}
