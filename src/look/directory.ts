import { TaskfenceError } from '../model/errors.js'
import type { IpFamily } from '../model/facts.js'
import type { SavedTables } from '../netfilter/parse-saved.js'
import type { NftChain } from '../netfilter/nft-table.js'

/** What read-ruleset needs beside a Look: which chains nf_tables has, and which tables legacy iptables has. */
export interface Directory {
  /** Every chain of nf_tables; null without nft. Flat in the number of rules, unlike `nft list tables`. */
  chains(): Promise<readonly NftChain[] | null>
  /** null: not asked, or not told, in one go. */
  saved(family: IpFamily): Promise<SavedTables | null>
  legacyTables(family: IpFamily): Promise<readonly string[]>
}

export const iptablesOf: Readonly<Record<IpFamily, string>> = { ipv4: 'iptables', ipv6: 'ip6tables' }

/** In words, for what goes into `unread`. Anything but our own errors is a defect and passes on. */
export function wordsOf(error: unknown): string {
  if (error instanceof TaskfenceError) return error.message
  throw error
}
