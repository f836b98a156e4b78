import type { BaseChain, Rule } from './ruleset.js'

export interface NftRule {
  readonly chain: string
  readonly comment: string | null
  /** The kernel's rule as taskfence spells it: the same text for every nft version that prints the same meaning. */
  readonly text: string
  readonly handle: number
  readonly rule: Rule
}

/** One table as `nft -j list table` prints it. */
export interface NftTable {
  /** "ip", "ip6", "inet", … */
  readonly family: string
  readonly name: string
  /** Its base chains hook nothing, or nft does not tell. */
  readonly isDormant: boolean
  /** All of them, base chains or not. */
  readonly chains: readonly string[]
  readonly rules: readonly NftRule[]
  /**
   * None for a dormant table. Chains of bridge and netdev tables, and flowtables, come as a chain that may or may not
   * drop, where their packets pass: nothing behind them is surely delivered.
   */
  readonly baseChains: readonly BaseChain[]
  /** Packets by named counter. */
  readonly counters: ReadonlyMap<string, number>
  /** Packets by element of each set that counts. */
  readonly counted: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** A chain as `nft -j list chains` names it, without its rules. */
export interface NftChain {
  readonly family: string
  readonly table: string
  readonly name: string
  readonly handle: number
  readonly base: {
    /** "filter", "nat", "route" */
    readonly type: string
    /** "prerouting", …, and "ingress" or "egress" */
    readonly hook: string
    readonly prio: number
    readonly policy: 'accept' | 'drop'
    /** Interfaces of an ingress or egress chain. */
    readonly devices: readonly string[]
  } | null
}
