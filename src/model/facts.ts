import type { BootFacts } from './boot-facts.js'
import type { AgentConfigFacts, AgentFacts, TaskFacts } from './agent-facts.js'
import type { WindowsFacts } from './windows-facts.js'

/** What is true of this machine. null: not there. What could not be told stands in `unknown`, with the reason. */
export type OsFamily = 'linux' | 'windows'
export type IpFamily = 'ipv4' | 'ipv6'
export const ipFamilies: readonly IpFamily[] = ['ipv4', 'ipv6']

/** From /etc/os-release (os-release(5)); of Windows, id is "windows-server" or "windows", versionId its year or "build N". */
export interface OsFacts {
  readonly family: OsFamily
  readonly id: string
  readonly idLike: readonly string[]
  readonly versionId: string
  readonly prettyName: string
}

export interface KernelFacts {
  readonly release: string
  readonly ipv6: boolean
}

export type Backend = 'legacy' | 'nf_tables'
export type Table = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'
export const tables: readonly Table[] = ['raw', 'mangle', 'nat', 'filter', 'security']

export interface IptablesFacts {
  /** "1.8.9" */
  readonly version: string
  /** What `iptables` in the PATH writes to; Docker and ecs-init use the same name. */
  readonly backend: Backend
  readonly families: readonly IpFamily[]
  /** Tables of legacy iptables the kernel has, from /proc/net/ip_tables_names: looking never makes one. */
  readonly legacyTables: Readonly<Record<IpFamily, readonly Table[]>>
}

/** Expressions of nft that not every version or kernel has. Each is asked of the kernel with `nft -c`. */
export type NftExpression = 'iifkind' | 'fib' | 'ct-direction'
export const nftExpressions: readonly NftExpression[] = ['iifkind', 'fib', 'ct-direction']

export interface NftFacts {
  readonly version: string
  /** A table with base chains, named counters and drops can be made. */
  readonly usable: boolean
  readonly expressions: readonly NftExpression[]
  /** Why it is not usable, or why an expression is missing: nft's own words. */
  readonly because?: string
}

export interface Address {
  readonly family: IpFamily
  readonly address: string
  readonly prefix: number
}

export interface Interface {
  readonly name: string
  /** "bridge", "veth", "loopback", "ethernet", … as `ip -d link` names it. */
  readonly kind: string
  readonly up: boolean
  /** The bridge this interface is a port of. */
  readonly master: string | null
  readonly mac: string | null
  readonly addresses: readonly Address[]
}

export interface Route {
  /** CIDR; "0.0.0.0/0" is a default route. */
  readonly destination: string
  readonly device: string
}

export interface NetworkFacts {
  readonly interfaces: readonly Interface[]
  /** The main table, in the kernel's order. Policy routing is not in it. */
  readonly routes: Readonly<Record<IpFamily, readonly Route[]>>
  /** Interfaces that a default route leaves by, in the kernel's order. */
  readonly defaultRoutes: Readonly<Record<IpFamily, readonly string[]>>
  /** /etc/resolv.conf names 169.254.169.254 (Google Cloud and others): its port 53 must stay open. */
  readonly metadataIsResolver: boolean
}

/** A running container, as Docker's API lists it. */
export interface ContainerFacts {
  readonly name: string
  /** "bridge", "host", "none", a network's name, "container:<id>". */
  readonly networkMode: string
  readonly addresses: readonly string[]
}

export interface DockerFacts {
  /** null: installed, but the engine did not answer (then `unknown.docker` says why). */
  readonly version: string | null
  /** 'iptables', 'iptables+firewalld', 'nftables', …; null: not told, as by every engine before 28.1. */
  readonly firewallBackend: string | null
  /** The bridge of Docker's default network; null where there is none (`bridge: none`) or it was not told. */
  readonly defaultBridge: string | null
  /** The engine runs with `bridge: none`; null: not told, nor by its options or daemon.json. */
  readonly bridgeNone: boolean | null
  /** Containers outlive the engine; null: not told, nor by its options or daemon.json. */
  readonly liveRestore: boolean | null
  /** From the options of the dockerd that runs, else daemon.json, else its default; null: daemon.json does not say, and the options cannot be read. */
  readonly userlandProxy: boolean | null
  readonly containers: readonly ContainerFacts[]
}

/** What the rules that stand now say. */
export interface RuleFacts {
  /** DOCKER-USER, and the jump that makes it count. */
  readonly dockerUser: Readonly<Record<IpFamily, 'no chain' | 'no jump' | 'jumped'>>
  /** Would what hooks input drop such a packet, were no rule of ours there? null: could not tell. */
  readonly inputDrops: Readonly<Record<'credentials' | 'introspection', boolean | null>>
  /** Packets that tasks in host network mode sent to the metadata service in the last day, by cgroup, as the fence counted them. */
  readonly askedByHostTasks: readonly { readonly cgroup: string; readonly packets: number }[]
  /** Rules about our addresses in the backend that the host's iptables does not use: nobody sees them there. */
  readonly elsewhere: readonly string[]
  /** What hooks the packets' way and could not be read. */
  readonly unread: readonly string[]
}

/** The tree of cgroups, and where in it the agent puts tasks. */
export interface CgroupFacts {
  /** v2: one tree at /sys/fs/cgroup. hybrid: trees of v1, with v2 at /sys/fs/cgroup/unified. v1: no v2. */
  readonly tree: 'v2' | 'hybrid' | 'v1'
  /** What every task with limits is in, below /sys/fs/cgroup: "ecstasks.slice", "unified/ecs", "net_cls/ecs"; null: not there, as before the first task. */
  readonly tasks: string | null
  /** The cgroups right inside it, a task each: "ecstasks-<id>.slice". */
  readonly inside: readonly string[]
  /** Why nft cannot ask for a sender's cgroup, in its own words; left out: it can, or there is nothing to ask for. */
  readonly because?: string
  /** v1: the class of `tasks` and of each cgroup in it, below /sys/fs/cgroup; 0: none. One whose own cgroups differ is left out. */
  readonly classes?: Readonly<Record<string, number>>
}

export type FactName =
  | 'kernel'
  | 'iptables'
  | 'nft'
  | 'network'
  | 'docker'
  | 'agent'
  | 'agentConfig'
  | 'tasks'
  | 'boot'
  | 'cgroups'
  | 'rules'
  | 'windows'

export interface Facts {
  readonly os: OsFacts
  readonly kernel: KernelFacts | null
  readonly iptables: IptablesFacts | null
  readonly nft: NftFacts | null
  readonly network: NetworkFacts | null
  readonly docker: DockerFacts | null
  readonly agent: AgentFacts | null
  readonly agentConfig: AgentConfigFacts | null
  /** null: nobody could tell, or there is no Docker to run any. */
  readonly tasks: readonly TaskFacts[] | null
  readonly boot: BootFacts | null
  readonly cgroups: CgroupFacts | null
  readonly rules: RuleFacts | null
  /** Left out on Linux. On Windows kernel, iptables, nft, network, cgroups and rules are null. */
  readonly windows?: WindowsFacts
  readonly unknown: Readonly<Partial<Record<FactName, string>>>
}
