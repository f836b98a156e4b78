import type { Host } from '../host/host.js'
import type { CommandResult } from '../model/command.js'
import { CommandError } from '../model/errors.js'
import { cgroupLevels, lacksLevels } from '../netfilter/cgroup-levels.js'
import type { NftTable } from '../netfilter/nft-table.js'
import { parseNftTables } from '../netfilter/parse-nft.js'
import type { Look } from './look.js'

/** What is known already. `parse`: remembers what a text meant. */
interface Known {
  readonly answered?: CommandResult | undefined
  readonly parse?: (text: string) => readonly NftTable[]
}

/** A table as it stands; null when there is none. Rejects with a CommandError when nft is missing or could not tell. */
export async function readNft(
  host: Host,
  family: string,
  table: string,
  { answered, parse = parseNftTables }: Known = {},
): Promise<NftTable | null> {
  const command = { file: 'nft', args: ['-j', 'list', 'table', family, table] }
  const result = answered ?? (await host.run(command))
  if (result.exitCode === 127) throw new CommandError(command, result, { hint: 'install nft' })
  if (result.exitCode !== 0 && result.stderr.includes('No such file or directory')) return null
  if (result.exitCode !== 0) throw new CommandError(command, result)
  if (!lacksLevels(result.stdout)) return parse(result.stdout)[0] ?? null
  // Handles are never given twice in a table's life, so the two answers are about the same rules.
  const text = await host.run({ file: 'nft', args: ['-a', '-t', 'list', 'table', family, table] })
  return parseNftTables(result.stdout, cgroupLevels(text.exitCode === 0 ? text.stdout : ''))[0] ?? null
}

/** As Look.nft, which passes over a table without any chain, as `iptables -N` and `-X` leave one. */
export const tableOf = async (look: Look, family: string, table: string): Promise<NftTable | null> =>
  (await look.nft(family, table)) ?? (await readNft(look.host, family, table))
