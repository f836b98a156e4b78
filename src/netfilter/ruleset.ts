import type { IpFamily } from '../model/facts.js'
import type { FenceHook } from '../model/resource.js'
import type { Condition } from './condition.js'
import type { Action } from './action.js'

/** A rule of iptables or nft, parsed once. */
export interface Rule {
  /** As its own tool prints it, without counters. */
  readonly text: string
  /** All must hold. */
  readonly conditions: readonly Condition[]
  readonly action: Action
}

export type Hook = FenceHook | 'postrouting'

/** A chain that the kernel calls at a hook. Rules of a table see only that table's chains. */
export interface BaseChain {
  /** "ip filter" (iptables and iptables-nft), "legacy ip filter", "inet taskfence". */
  readonly table: string
  readonly name: string
  readonly families: readonly IpFamily[]
  readonly type: 'filter' | 'nat' | 'route'
  readonly hook: Hook
  readonly priority: number
  readonly policy: 'accept' | 'drop'
  readonly rules: readonly Rule[]
  /** Chains its rules may jump to, by name. */
  readonly chains: ReadonlyMap<string, readonly Rule[]>
}

/** Every base chain on a packet's way, in no order. */
export interface Ruleset {
  readonly chains: readonly BaseChain[]
  /** What hooks the packet's way and could not be read: then nothing is surely delivered. */
  readonly unread: readonly string[]
}
