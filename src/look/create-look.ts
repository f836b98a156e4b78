import type { Host } from '../host/host.js'
import type { CommandResult } from '../model/command.js'
import { CommandError, ParseError } from '../model/errors.js'
import { ipFamilies, type Facts, type IpFamily, type Table } from '../model/facts.js'
import type { IptablesTable } from '../netfilter/iptables-table.js'
import { lockHint } from '../netfilter/lock-hint.js'
import { parseIptables } from '../netfilter/parse-iptables.js'
import type { NftChain } from '../netfilter/nft-table.js'
import { parseNftChains, parseNftTables } from '../netfilter/parse-nft.js'
import type { Ruleset } from '../netfilter/ruleset.js'
import { readRuleset } from './read-ruleset.js'
import { iptablesOf, type Directory } from './directory.js'
import type { Look, Reads } from './look.js'
import { readSaved } from './iptables-save.js'
import { readNft } from './read-nft.js'
import { nftOverview, type NftOverview } from './nft-overview.js'
import { createMemory, hasCrowd, parseRemembering, readRemembering, remember, type Memory } from './memory.js'

/** A look at this moment. Nothing is read before it is asked for. A program that looks again and again keeps a memory. */
export const createLook = (host: Host, facts: Facts, memory: Memory = createMemory()): Look => ({
  ...createReads(host, () => Promise.resolve(facts), memory),
  facts,
})

/** `known` is asked before iptables is. */
export function createReads(host: Host, known: Known, memory: Memory = createMemory()): Reads {
  const once = memo()
  const file = (path: string) => once(`file ${path}`, () => host.files.read(path))
  const overview = () => once('nft', () => nftOverview(host))
  const directory: Directory = {
    chains: () => once('nft chains', async () => readChains(await (await overview()).chains(), memory)),
    saved: family =>
      once(`saved ${family}`, async () => (hasCrowd(memory, family) ? null : readSaved(host, family))),
    async legacyTables(family) {
      const names = await file(family === 'ipv4' ? '/proc/net/ip_tables_names' : '/proc/net/ip6_tables_names')
      return (names ?? '').split('\n').filter(name => name !== '')
    },
  }
  const reads: Reads = {
    host,
    file,
    iptables: (family, table) =>
      once(`iptables ${family} ${table}`, async () =>
        readIptables(host, await known(), directory, memory, family, table),
      ),
    nft: (family, table) =>
      once(`nft ${family} ${table}`, async () =>
        (await isListed(directory, family, table))
          ? readNft(host, family, table, {
              answered: family === 'inet' ? await answered(table, await overview()) : undefined,
              parse: text =>
                parseRemembering(memory, `nft ${family} ${table}`, text, json => parseNftTables(json)),
            })
          : null,
      ),
    ruleset: () =>
      once('ruleset', async (): Promise<Ruleset> => {
        // They are read in any case: begun together, they do not wait for each other.
        for (const family of ipFamilies) void directory.saved(family)
        const { iptables } = await known()
        return readRuleset({ reads, iptables, directory })
      }),
  }
  return reads
}

/** Which iptables there is, and why that could not be told. Never rejects. */
export type Known = () => Promise<Pick<Facts, 'iptables' | 'unknown'>>

function memo() {
  const answers = new Map<string, Promise<unknown>>()
  return <T>(key: string, read: () => Promise<T>): Promise<T> => {
    let answer = answers.get(key)
    if (answer === undefined) answers.set(key, (answer = read()))
    return answer as Promise<T>
  }
}

function readChains(result: CommandResult, memory: Memory): readonly NftChain[] | null {
  if (result.exitCode === 127) return null
  if (result.exitCode !== 0) throw new CommandError({ file: 'nft', args: ['-j', 'list', 'chains'] }, result)
  return parseRemembering(memory, 'nft chains', result.stdout, parseNftChains)
}

/** Every look lists the chains: a table that has none there need not be asked for. */
async function isListed(directory: Directory, family: string, table: string): Promise<boolean> {
  const chains = await directory.chains().catch(() => null)
  return chains === null || chains.some(chain => chain.family === family && chain.table === table)
}

const answered = async (table: string, overview: NftOverview): Promise<CommandResult | undefined> =>
  table === 'taskfence' ? overview.fence() : overview.held(table)

const nftFamily: Readonly<Record<IpFamily, string>> = { ipv4: 'ip', ipv6: 'ip6' }

async function readIptables(
  host: Host,
  facts: Pick<Facts, 'iptables' | 'unknown'>,
  directory: Directory,
  memory: Memory,
  family: IpFamily,
  table: Table,
): Promise<IptablesTable> {
  if (facts.iptables === null) throw unusable(iptablesOf[family], facts.unknown.iptables)
  const parse = (text: string) => {
    const parsed = parseRemembering(memory, `${family} ${table}`, text, told =>
      parseIptables(told, family, table),
    )
    if (parsed.chains.size > 0) return parsed
    throw new ParseError(iptablesOf[family], text, 'it ended well and printed no chain')
  }
  const isLegacy = facts.iptables.backend === 'legacy'
  const saved = await directory.saved(family)
  const standing = saved?.get(table)
  // Legacy iptables fetches a table whole, however little is asked for: there is nothing to gain from a memory.
  if (standing !== undefined)
    return isLegacy ? parse(standing) : remember(memory, family, table, parse(standing))
  const read = async (): Promise<IptablesTable> => {
    const command = { file: iptablesOf[family], args: ['-w', '5', '-t', table, '-S'], timeoutMs: 8000 }
    const result = await host.run(command)
    if (result.exitCode !== 0) throw new CommandError(command, result, lockHint(result.exitCode))
    return parse(result.stdout)
  }
  // It stood at the last look: no need to wait until nft has said so again.
  if (saved === null && memory.tables.has(`${family} ${table}`))
    return readRemembering(memory, host, family, table, read)
  const isMissing = isLegacy
    ? !(await directory.legacyTables(family)).includes(table)
    : await isMissingInNft(directory, family, table, saved !== null)
  // Listing a table that does not exist would make it, with legacy iptables for good.
  if (isMissing) return untouched(family, table)
  if (isLegacy || (await directory.chains()) === null) return read()
  return readRemembering(memory, host, family, table, read)
}

/** Missing, or whatever else the detector said of it. */
const unusable = (file: string, because = `\`${file}\` is not installed`): CommandError =>
  new CommandError(
    { file, args: [] },
    { exitCode: 127, stdout: '', stderr: '' },
    {
      message: because,
      hint: because.includes('not installed')
        ? `install ${file}`
        : `see what \`${file} --version\` says by hand`,
    },
  )

/** `isSaved`: iptables-save told every table, and this was none of them. Where nft is there too, both must agree. */
async function isMissingInNft(
  directory: Directory,
  family: IpFamily,
  table: Table,
  isSaved: boolean,
): Promise<boolean> {
  const chains = await directory.chains()
  if (chains === null) return isSaved
  return !chains.some(chain => chain.family === nftFamily[family] && chain.table === table)
}

const builtIn: Readonly<Record<Table, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

const untouched = (family: IpFamily, table: Table): IptablesTable =>
  parseIptables(builtIn[table].map(chain => `-P ${chain} ACCEPT\n`).join(''), family, table)
