import type { Host } from '../host/host.js'
import type { Facts, IpFamily, Table } from '../model/facts.js'
import type { IptablesTable } from '../netfilter/iptables-table.js'
import type { NftTable } from '../netfilter/nft-table.js'
import type { Ruleset } from '../netfilter/ruleset.js'

/**
 * One snapshot of the machine. Everything is read once a look, when first asked for, and handed to whoever asks
 * again: no process per rule, and no two answers from two moments. Reads only.
 */
export interface Look extends Reads {
  readonly facts: Facts
}

/** What of a look takes no other fact than which iptables there is. */
export interface Reads {
  /** null: no such file. */
  file(path: string): Promise<string | null>
  /** The table as `iptables` (ip6tables) in the PATH shows it; empty built-in chains where it does not exist yet. Rejects with a CommandError when it could not tell. */
  iptables(family: IpFamily, table: Table): Promise<IptablesTable>
  /** A native nft table; null when there is none. Rejects when nft is missing or could not tell. */
  nft(family: string, table: string): Promise<NftTable | null>
  /** Every base chain of this network namespace. Never rejects: what it could not read stands in `unread`. */
  ruleset(): Promise<Ruleset>
  /** For the few reads that are nobody else's. */
  readonly host: Host
}
