import type { Host } from '../host/host.js'
import type { IpFamily, Table } from '../model/facts.js'
import type { IptablesTable } from '../netfilter/iptables-table.js'
import { nftLines } from './nft-lines.js'

/** What a running program keeps from look to look. */
export interface Memory {
  readonly tables: Map<string, Remembered>
  /** What was printed last, and what it meant: most looks find the same words. */
  readonly texts: Map<string, { readonly text: string; readonly parsed: unknown }>
}

interface Remembered {
  readonly table: IptablesTable
  /** The chains a packet can come to, as nft lists them, taken before the table was read; null: not taken yet. */
  readonly fingerprint: string | null
}

export const createMemory = (): Memory => ({ tables: new Map(), texts: new Map() })

/** Below this a whole table is read as fast as anything else can be. */
const crowded = 5000
/** nft takes about as much longer for a rule than iptables -S does. */
const nftPerRule = 8

/**
 * Reads a table, or finds that what matters of it is what it was. iptables-nft always loads a table's built-in chains
 * whole and `-S` all of it, so the rules of others cost every look; `nft list chain` stays flat. It prints handles,
 * which the kernel never gives twice in a table's life, so equal text is an equal chain.
 */
export async function readRemembering(
  memory: Memory,
  host: Host,
  family: IpFamily,
  name: Table,
  read: () => Promise<IptablesTable>,
): Promise<IptablesTable> {
  const key = `${family} ${name}`
  const known = memory.tables.get(key)
  const worthwhile = known === undefined ? null : chainsWorthAsking(known.table)
  if (known === undefined || worthwhile === null) {
    return remember(memory, family, name, await read())
  }
  const fingerprint = await listChains(host, family, name, worthwhile)
  if (fingerprint !== null && fingerprint === known.fingerprint) return known.table
  // The fingerprint is older than what is read now: should a change fall between the two, the next look reads again.
  const table = await read()
  const sameChains = chainsWorthAsking(table)?.join() === worthwhile.join()
  memory.tables.set(key, { table, fingerprint: sameChains ? fingerprint : null })
  return table
}

/** Read as a whole it has no fingerprint yet: should it be crowded, the next look takes one. */
export function remember(memory: Memory, family: IpFamily, name: Table, table: IptablesTable): IptablesTable {
  memory.tables.set(`${family} ${name}`, { table, fingerprint: null })
  return table
}

/** Whether one of the tables is better not read again as a whole. */
export const hasCrowd = (memory: Memory, family: IpFamily): boolean =>
  [...memory.tables].some(([key, { table }]) => key.startsWith(family) && chainsWorthAsking(table) !== null)

/** Parses the text, unless it is what was printed last time. One key, one way to parse. */
export function parseRemembering<T>(
  memory: Memory,
  key: string,
  text: string,
  parse: (text: string) => T,
): T {
  const last = memory.texts.get(key)
  if (last?.text === text) return last.parsed as T
  const parsed = parse(text)
  memory.texts.set(key, { text, parsed })
  return parsed
}

/** The chains that built-in chains lead to, and the one of Docker's that we write to; null when asking for them would cost more than reading the table. */
function chainsWorthAsking(table: IptablesTable): readonly string[] | null {
  const lines = (chain: string) => table.chains.get(chain)?.lines ?? []
  const asked = (name: string, policy: string | null) => policy !== null || name === ours
  const reached = new Set(
    [...table.chains].flatMap(([name, { policy }]) => (asked(name, policy) ? [name] : [])),
  )
  for (const chain of reached) {
    for (const { rule } of lines(chain)) {
      if (rule.action.kind === 'jump' || rule.action.kind === 'goto') reached.add(rule.action.chain)
    }
  }
  const all = [...table.chains.values()].reduce((sum, chain) => sum + chain.lines.length, 0)
  const listed = [...reached].reduce((sum, chain) => sum + lines(chain).length, 0)
  return all >= crowded && listed * nftPerRule < all ? [...reached].sort() : null
}

/** While the jump to it is gone no packet comes there, and what stands in it is wanted all the same. */
const ours = 'DOCKER-USER'

/** What nft says of them; null when it could not tell. A built-in chain without a rule may not be there, which is an answer too. */
async function listChains(
  host: Host,
  family: IpFamily,
  table: Table,
  chains: readonly string[],
): Promise<string | null> {
  const nftFamily = family === 'ipv4' ? 'ip' : 'ip6'
  const lines = chains.map(chain => `list chain ${nftFamily} ${table} ${chain}`)
  const result = await host.run(nftLines(['-a', '-s'], lines))
  const others = result.stderr.split('\n').filter(line => /^Error/.test(line) && line !== noSuchChain)
  return result.exitCode === 0 && others.length === 0 ? `${result.stdout}${result.stderr}` : null
}

const noSuchChain = 'Error: No such file or directory'
