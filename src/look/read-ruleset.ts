import { CommandError } from '../model/errors.js'
import { ipFamilies, tables, type IpFamily, type IptablesFacts, type Table } from '../model/facts.js'
import { iptablesBaseChains, parseIptables } from '../netfilter/parse-iptables.js'
import type { BaseChain, Ruleset } from '../netfilter/ruleset.js'
import { iptablesOf, wordsOf, type Directory } from './directory.js'
import type { Reads } from './look.js'
import { isWithoutNfTables } from './without-nf-tables.js'

/** A place that hooks packets: read, or the reason why it was not. */
type Place = { readonly chains: readonly BaseChain[] } | { readonly unread: string }

/** Where the rules come from. */
export interface Source {
  readonly reads: Reads
  readonly iptables: IptablesFacts | null
  readonly directory: Directory
}

/** All of nf_tables and all of legacy iptables: a packet passes through both, whichever of them the host's iptables writes. */
export async function readRuleset(source: Source): Promise<Ruleset> {
  const places = await Promise.all([nfTables(source), legacy(source)])
  const all = places.flat()
  return {
    chains: all.flatMap(place => ('chains' in place ? place.chains : [])),
    unread: all.flatMap(place => ('unread' in place ? [place.unread] : [])),
  }
}

async function nfTables(source: Source): Promise<readonly Place[]> {
  let chains
  try {
    chains = await source.directory.chains()
  } catch (error) {
    return [{ unread: `tables of nftables: ${wordsOf(error)}` }]
  }
  if (chains === null) return withoutNft(source)
  const names = new Set(
    chains.flatMap(chain => (chain.base === null ? [] : [`${chain.family} ${chain.table}`])),
  )
  return Promise.all(
    [...names].map(async name => {
      const [family, table] = name.split(' ') as [string, string]
      return attempt(name, () => nftPlace(source, family, table))
    }),
  )
}

/** Without nft only iptables-nft's own tables can be read; who else hooks in cannot be told. */
async function withoutNft({ reads, iptables }: Source): Promise<readonly Place[]> {
  if (iptables?.backend !== 'nf_tables')
    return (await isWithoutNfTables(reads)) ? [] : [{ unread: 'tables of nftables: nft is not installed' }]
  const own = iptables.families.flatMap(family =>
    tables.map(table => attempt(`${family} ${table}`, () => iptablesPlace(reads, family, table))),
  )
  return [...(await Promise.all(own)), { unread: 'native tables of nftables: nft is not installed' }]
}

async function nftPlace(
  { reads, iptables }: Source,
  family: string,
  name: string,
): Promise<readonly BaseChain[]> {
  const written = iptablesTable(family, name)
  if (written !== null && iptables?.backend === 'nf_tables') {
    // nft's JSON leaves out the arguments of xt targets and matches; iptables prints them.
    return iptablesPlace(reads, written.family, written.table)
  }
  return (await reads.nft(family, name))?.baseChains ?? []
}

const iptablesPlace = async (reads: Reads, family: IpFamily, table: Table): Promise<readonly BaseChain[]> =>
  iptablesBaseChains(await reads.iptables(family, table), false)

function iptablesTable(family: string, name: string): { family: IpFamily; table: Table } | null {
  const table = tables.find(known => known === name)
  if (table === undefined || (family !== 'ip' && family !== 'ip6')) return null
  return { family: family === 'ip' ? 'ipv4' : 'ipv6', table }
}

async function legacy(source: Source): Promise<readonly Place[]> {
  return (await Promise.all(ipFamilies.map(family => legacyOf(source, family)))).flat()
}

async function legacyOf(source: Source, family: IpFamily): Promise<readonly Place[]> {
  let names: readonly string[]
  try {
    names = await source.directory.legacyTables(family)
  } catch (error) {
    return [{ unread: `tables of legacy ${iptablesOf[family]}: ${wordsOf(error)}` }]
  }
  const known = tables.filter(table => names.includes(table))
  return Promise.all(
    known.map(table => attempt(`legacy ${family} ${table}`, () => legacyPlace(source, family, table))),
  )
}

async function legacyPlace(
  { reads, iptables }: Source,
  family: IpFamily,
  table: Table,
): Promise<readonly BaseChain[]> {
  if (iptables?.backend === 'legacy') return iptablesBaseChains(await reads.iptables(family, table), true)
  const file = iptablesOf[family].replace('tables', 'tables-legacy')
  // The table is in /proc/net/ip_tables_names, so listing it makes nothing new.
  const command = { file, args: ['-w', '5', '-t', table, '-S'] }
  const result = await reads.host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result)
  return iptablesBaseChains(parseIptables(result.stdout, family, table), true)
}

async function attempt(name: string, read: () => Promise<readonly BaseChain[]>): Promise<Place> {
  try {
    return { chains: await read() }
  } catch (error) {
    return { unread: `${name}: ${wordsOf(error)}` }
  }
}
