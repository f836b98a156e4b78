import type { IpFamily, Table } from './facts.js'
import type { Resource, State } from './resource.js'

/** What stood of something before it was written. */
export interface Before {
  readonly resource: Resource
  readonly state: State
}

/** There as long as an apply waits to be confirmed, and after it was taken back: nobody else writes then. */
export const unconfirmedPath = '/var/lib/taskfence/unconfirmed.json'

/** A unit that runs, or a daemon of ours that somebody else started. States: "active", "pid N", null. */
export interface RunningUnit {
  readonly kind: 'running-unit'
  readonly name: string
  /** The lock that its daemon holds as long as it lives. */
  readonly lock?: string
}

/** A whole nftables table of ours, of family inet. Its state is its text. */
export interface OwnTable {
  readonly kind: 'own-table'
  readonly table: string
}

/** All rules of one iptables table that carry our name. State: a line each, "NUMBER -A CHAIN …". */
export interface OwnRules {
  readonly kind: 'own-rules'
  readonly family: IpFamily
  readonly table: Table
}

/** All lines of ours in somebody else's file. State: a line each, led by its number. */
export interface OwnLines {
  readonly kind: 'own-lines'
  readonly path: string
}

/** A table of iptables-nft without its rules. State: its base chains, "FORWARD INPUT"; null: there is none. */
export interface IptablesTableItself {
  readonly kind: 'iptables-table'
  readonly family: IpFamily
  readonly table: Table
}

/** A folder or a file that was made for what is ours. States: "empty"; null where it is not, or others use it. */
export interface MadePath {
  readonly kind: 'made-path'
  readonly path: string
}

export type TraceResource = RunningUnit | OwnTable | OwnRules | OwnLines | IptablesTableItself | MadePath
