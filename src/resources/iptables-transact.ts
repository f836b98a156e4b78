import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import type { IpFamily, Table } from '../model/facts.js'
import type { IptablesTable } from '../netfilter/iptables-table.js'
import { lockHint } from '../netfilter/lock-hint.js'
import { parseIptables } from '../netfilter/parse-iptables.js'

export const programs = {
  ipv4: { list: 'iptables', restore: 'iptables-restore' },
  ipv6: { list: 'ip6tables', restore: 'ip6tables-restore' },
} as const

/** A table of one family. */
export interface Place {
  readonly family: IpFamily
  readonly table: Table
}

/** Carries out the lines that `linesFor` makes of the table as it stands now; none of them is nothing to do. */
export async function transact(
  place: Place,
  linesFor: (now: IptablesTable) => readonly string[],
  host: Host,
): Promise<void> {
  // Somebody may change the table between our read and our transaction, which then fails as a whole.
  for (let attempt = 1; ; attempt++) {
    try {
      await once(place, linesFor, host)
      return
    } catch (error) {
      if (attempt === 3 || !(error instanceof CommandError) || error.result?.exitCode !== 1) throw error
    }
  }
}

/** One iptables-restore: the kernel takes all lines or none, so no moment lies between a delete and an insert. */
async function once(
  { family, table }: Place,
  linesFor: (now: IptablesTable) => readonly string[],
  host: Host,
): Promise<void> {
  const list = { file: programs[family].list, args: ['-w', '5', '-t', table, '-S'], timeoutMs: 8000 }
  const listed = await host.run(list)
  if (listed.exitCode !== 0) throw new CommandError(list, listed, lockHint(listed.exitCode))
  const lines = linesFor(parseIptables(listed.stdout, family, table))
  if (lines.length === 0) return
  // No ":CHAIN" line: --noflush would flush a user chain that is declared.
  const input = [`*${table}`, ...lines, 'COMMIT', ''].join('\n')
  const command = { file: programs[family].restore, args: ['-w', '5', '--noflush'], input, timeoutMs: 8000 }
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result, lockHint(result.exitCode))
}
