import type { DurableResource } from './durable.js'
import type { IpFamily, Table } from './facts.js'
import type { TraceResource } from './trace.js'
import type { WindowsSettingName, WindowsVariable } from './windows-facts.js'

export type { FenceFile, FileLine, ManagedFile, RulesFileLines, ServiceUnit } from './durable.js'

/** Canonical text of what stands on the host, or null when nothing of ours does. */
export type State = string | null
/** Unique and readable: "sysctl net.ipv4.conf.all.route_localnet". Doubles as the label in reports. */
export type ResourceId = string

export interface SysctlKey {
  readonly kind: 'sysctl'
  /** "net.ipv4.conf.all.route_localnet" */
  readonly key: string
}

/** A chain of iptables that others own the contents of (DOCKER-USER). */
export interface IptablesChain {
  readonly kind: 'iptables-chain'
  readonly family: IpFamily
  readonly table: Table
  readonly chain: string
}

/** A rule beside other people's rules. States: "present", "misplaced: behind RULE", "duplicated: N copies", null. */
export interface IptablesRule {
  readonly kind: 'iptables-rule'
  readonly family: IpFamily
  readonly table: Table
  readonly chain: string
  /** head: nothing before it may take its packets elsewhere. tail: anywhere in the chain. */
  readonly position: 'head' | 'tail'
  /** Tokens as `iptables -S` prints them, without the comment. */
  readonly match: readonly string[]
  readonly target: readonly string[]
  /** The packets it is there for, as a match, where it matches more than those. */
  readonly about?: readonly string[]
  /** Rules of ours, as tokens, that may stand before it and let packets pass; any other of ours that does is outdated. */
  readonly exceptions?: readonly (readonly string[])[]
  /** The comment, "taskfence-<control>": no ':' or '.', which iptables would quote. */
  readonly tag: string
}

export const fenceHooks = ['prerouting', 'input', 'forward', 'output'] as const
export type FenceHook = (typeof fenceHooks)[number]

/**
 * Our tables of family inet, and their chains: base chains carry their hook's name, the others are jumped to. What may
 * fail to load stands in a table of its own, so that its failure leaves the others alone.
 */
export const fences = {
  taskfence: ['prerouting', 'input', 'forward', 'output', 'credentials_guard'],
  taskfence_host: ['output', 'imds_host'],
} as const
export type FenceTable = keyof typeof fences
/** What the daemon holds beside each: the same drops, in a table that nobody else can change and that ends with the daemon. */
export const heldFences: Readonly<Record<FenceTable, string>> = {
  taskfence: 'taskfence_held',
  taskfence_host: 'taskfence_host_held',
}
export type FenceChainName = (typeof fences)[FenceTable][number]

/** A chain of the fence; its state also tells of rules in it that are not ours. */
export interface FenceChain {
  readonly kind: 'fence-chain'
  readonly table: FenceTable
  readonly chain: FenceChainName
}

/** One rule of the fence. Its counter carries its name. */
export interface FenceRule {
  readonly kind: 'fence-rule'
  readonly table: FenceTable
  readonly chain: FenceChainName
  /** Letters, digits and "_": "imds_bridge_ipv4". Unique in the table; a chain's rules stand in order of name. */
  readonly name: string
  readonly tag: string
}

/** A host route, as `ip route add DESTINATION dev DEVICE scope link`. */
export interface HostRoute {
  readonly kind: 'route'
  /** "169.254.170.2/32" */
  readonly destination: string
  readonly device: string
}

/** The class that everything below a cgroup of net_cls has, which nft can ask a sender for. State: "0x7a5f0001". */
export interface CgroupClass {
  readonly kind: 'cgroup-class'
  /** "/sys/fs/cgroup/net_cls/ecs" */
  readonly path: string
  /** Names of cgroups in it that are to have none. */
  readonly apart: readonly string[]
}

/** One key of a settings file of the agent, as ecs-init reads it. The state is its value as it stands, quotes included. */
export interface AgentSettingKey {
  readonly kind: 'agent-setting'
  /** "/etc/ecs/ecs.config" */
  readonly path: string
  /** "ECS_AWSVPC_BLOCK_IMDS" */
  readonly name: string
}

/** A condition of a Windows host, tested and set by a script of its name. */
export interface WindowsSetting {
  readonly kind: 'windows-setting'
  readonly setting: WindowsSettingName
  /** Which one; only of "variable". */
  readonly variable?: WindowsVariable
  /** docker's network, where it was told; only of "route". */
  readonly subnet?: string
}

export type Resource =
  | AgentSettingKey
  | CgroupClass
  | SysctlKey
  | IptablesChain
  | IptablesRule
  | FenceChain
  | FenceRule
  | HostRoute
  | WindowsSetting
  | DurableResource
  | TraceResource
export type Kind = Resource['kind']
export type ResourceOf<K extends Kind> = Extract<Resource, { readonly kind: K }>
