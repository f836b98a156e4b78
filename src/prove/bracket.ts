import type { Child, Host } from '../host/host.js'
import { CommandError, ParseError, TaskfenceError } from '../model/errors.js'
import type { Ruleset } from '../netfilter/ruleset.js'
import { bracketPrefix } from './points.js'
import { must } from './run.js'

/** A table of counters that stands while probes run. */
export interface Bracket {
  /** Packets by counter name. */
  counts(): Promise<ReadonlyMap<string, number>>
  close(): Promise<void>
}

/**
 * Made in one transaction. Where the kernel can, it belongs to a child of ours (`flags owner`, Linux 5.12) and goes with
 * it, however we end; else it is a plain table, which a later run removes if this one is killed. `owner`: a process that
 * lives as long as this run; it names the table.
 */
export async function openBracket(
  owner: number,
  text: (table: string) => readonly string[],
  host: Host,
): Promise<Bracket> {
  const name = `${bracketPrefix}${owner}`
  const table = `inet ${name}`
  const lines = text(table)
  const child = await owned(table, lines, host)
  if (child === undefined) {
    const input = ['add table ' + table, ...lines, ''].join('\n')
    await must({ file: 'nft', args: ['-f', '-'], input }, host)
  }
  return {
    counts: () => countersOf(table, host),
    async close() {
      if (child === undefined)
        await must({ file: 'nft', args: ['delete', 'table', ...table.split(' ')] }, host)
      else await released(child, table, host)
    },
  }
}

async function owned(table: string, lines: readonly string[], host: Host): Promise<Child | undefined> {
  const child = await host.start({ file: 'nft', args: ['-i'] })
  // One line is one transaction. The second line's answer tells that the first is done.
  child.send(`${[`add table ${table} { flags owner; }`, ...lines].join('; ')}\n`)
  child.send('describe ip saddr\n')
  try {
    if ((await child.line(8000)) !== null && (await isThere(table, host))) return child
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
  }
  await child.stop()
  return undefined
}

const isThere = async (table: string, host: Host): Promise<boolean> =>
  (await host.run({ file: 'nft', args: ['list', 'counters', 'table', ...table.split(' ')] })).exitCode === 0

async function released(child: Child, table: string, host: Host): Promise<void> {
  child.send(`delete table ${table}\ndescribe ip saddr\n`)
  await child.line(2000).catch(() => null)
  await child.stop()
  if (await isThere(table, host))
    await host.run({ file: 'nft', args: ['delete', 'table', ...table.split(' ')] })
}

/** Packets by name of a table's counters; empty when there is no such table. Rejects with a CommandError. */
export async function countersOf(table: string, host: Host): Promise<ReadonlyMap<string, number>> {
  const command = { file: 'nft', args: ['-j', 'list', 'counters', 'table', ...table.split(' ')] }
  const result = await host.run(command)
  if (result.exitCode !== 0) {
    if (result.stderr.includes('No such file or directory')) return new Map()
    throw new CommandError(command, result)
  }
  try {
    const { nftables } = JSON.parse(result.stdout) as { readonly nftables: readonly Listed[] }
    return new Map(
      nftables.flatMap(({ counter }) => (counter === undefined ? [] : [[counter.name, counter.packets]])),
    )
  } catch (error) {
    throw new ParseError('nft -j list counters', result.stdout, 'not a list of counters', { cause: error })
  }
}

interface Listed {
  readonly counter?: { readonly name: string; readonly packets: number }
}

/** Tables that a killed run left where the kernel knows no owner. */
export async function removeStale(ruleset: Ruleset, host: Host): Promise<void> {
  const names = new Set(
    ruleset.chains.map(chain => chain.table).filter(table => table.includes(bracketPrefix)),
  )
  for (const table of names) {
    const pid = table.slice(table.indexOf(bracketPrefix) + bracketPrefix.length)
    if (isAlive(await host.files.read(`/proc/${pid}/stat`))) continue
    // Somebody else may be quicker.
    await host.run({ file: 'nft', args: ['delete', 'table', ...table.split(' ')] })
  }
}

/** proc_pid_stat(5): the state follows the name, which may hold anything. A zombie only waits for its parent to look. */
const isAlive = (stat: string | null): boolean => stat !== null && !/\) [ZXx] [^)]*$/.test(stat)
