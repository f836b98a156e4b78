import type { IpFamily, Table } from '../model/facts.js'
import type { Rule } from './ruleset.js'

/** A rule of `iptables -S`: its tokens split as printed. */
export interface IptablesLine {
  readonly text: string
  /** Everything after `-A CHAIN`, comment tokens removed. */
  readonly tokens: readonly string[]
  readonly comment: string | null
  readonly rule: Rule
}

export interface IptablesChainText {
  /** null: a user-defined chain. */
  readonly policy: 'ACCEPT' | 'DROP' | null
  readonly lines: readonly IptablesLine[]
}

/** One table as `iptables -S` prints it. */
export interface IptablesTable {
  readonly family: IpFamily
  readonly table: Table
  readonly chains: ReadonlyMap<string, IptablesChainText>
  /** nft put base chains of its own in this table: iptables says so and does not print them. */
  readonly hidesChains?: boolean
}
