import { CommandError } from '../model/errors.js'
import { ipFamilies, tables, type IpFamily, type Table } from '../model/facts.js'
import { iptablesBaseChains, parseIptables } from '../netfilter/parse-iptables.js'
import type { BaseChain, Ruleset } from '../netfilter/ruleset.js'
import { iptablesOf, wordsOf, type Directory } from './directory.js'
import type { Look } from './look.js'

/** A place that hooks packets: read, or the reason why it was not. */
type Place = { readonly chains: readonly BaseChain[] } | { readonly unread: string }

/** All of nf_tables and all of legacy iptables: a packet passes through both, whichever of them the host's iptables writes. */
export async function readRuleset(look: Look, directory: Directory): Promise<Ruleset> {
  const places = await Promise.all([nfTables(look, directory), legacy(look, directory)])
  const all = places.flat()
  return {
    chains: all.flatMap(place => ('chains' in place ? place.chains : [])),
    unread: all.flatMap(place => ('unread' in place ? [place.unread] : [])),
  }
}

async function nfTables(look: Look, directory: Directory): Promise<readonly Place[]> {
  let chains
  try {
    chains = await directory.chains()
  } catch (error) {
    return [{ unread: `tables of nftables: ${wordsOf(error)}` }]
  }
  if (chains === null) return withoutNft(look)
  const names = new Set(
    chains.flatMap(chain => (chain.base === null ? [] : [`${chain.family} ${chain.table}`])),
  )
  return Promise.all(
    [...names].map(async name => {
      const [family, table] = name.split(' ') as [string, string]
      return attempt(name, () => nftPlace(look, family, table))
    }),
  )
}

/** Without nft only iptables-nft's own tables can be read; who else hooks in cannot be told. */
async function withoutNft(look: Look): Promise<readonly Place[]> {
  if (look.facts.iptables?.backend !== 'nf_tables')
    return [{ unread: 'tables of nftables: nft is not installed' }]
  const own = look.facts.iptables.families.flatMap(family =>
    tables.map(table => attempt(`${family} ${table}`, () => iptablesPlace(look, family, table))),
  )
  return [...(await Promise.all(own)), { unread: 'native tables of nftables: nft is not installed' }]
}

async function nftPlace(look: Look, family: string, name: string): Promise<readonly BaseChain[]> {
  const written = iptablesTable(family, name)
  if (written !== null && look.facts.iptables?.backend === 'nf_tables') {
    // nft's JSON leaves out the arguments of xt targets and matches; iptables prints them.
    return iptablesPlace(look, written.family, written.table)
  }
  return (await look.nft(family, name))?.baseChains ?? []
}

const iptablesPlace = async (look: Look, family: IpFamily, table: Table): Promise<readonly BaseChain[]> =>
  iptablesBaseChains(await look.iptables(family, table), false)

function iptablesTable(family: string, name: string): { family: IpFamily; table: Table } | null {
  const table = tables.find(known => known === name)
  if (table === undefined || (family !== 'ip' && family !== 'ip6')) return null
  return { family: family === 'ip' ? 'ipv4' : 'ipv6', table }
}

async function legacy(look: Look, directory: Directory): Promise<readonly Place[]> {
  return (await Promise.all(ipFamilies.map(family => legacyOf(look, directory, family)))).flat()
}

async function legacyOf(look: Look, directory: Directory, family: IpFamily): Promise<readonly Place[]> {
  let names: readonly string[]
  try {
    names = await directory.legacyTables(family)
  } catch (error) {
    return [{ unread: `tables of legacy ${iptablesOf[family]}: ${wordsOf(error)}` }]
  }
  const known = tables.filter(table => names.includes(table))
  return Promise.all(
    known.map(table => attempt(`legacy ${family} ${table}`, () => legacyPlace(look, family, table))),
  )
}

async function legacyPlace(look: Look, family: IpFamily, table: Table): Promise<readonly BaseChain[]> {
  if (look.facts.iptables?.backend === 'legacy')
    return iptablesBaseChains(await look.iptables(family, table), true)
  const file = iptablesOf[family].replace('tables', 'tables-legacy')
  // The table is in /proc/net/ip_tables_names, so listing it makes nothing new.
  const command = { file, args: ['-w', '5', '-t', table, '-S'] }
  const result = await look.host.run(command)
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
