import type { Host } from '../host/host.js'
import { savedBy } from '../look/iptables-save.js'
import type { Command, CommandResult } from '../model/command.js'
import { CommandError, ParseError, TaskfenceError } from '../model/errors.js'
import { tables, type Backend, type IpFamily, type IptablesFacts, type Table } from '../model/facts.js'
import type { Found } from './found.js'

/**
 * null: not installed. Asks for no table: `-S` of a legacy binary would make it. Where both names stand for one file,
 * as they usually do, it is asked once.
 */
export async function detectIptables(host: Host): Promise<Found<IptablesFacts | null>> {
  const [file4, file6] = await Promise.all([host.find('iptables'), host.find('ip6tables')])
  const asked = askVersion(host, 'ipv4')
  const [v4, v6, legacy4, legacy6] = await Promise.all([
    asked,
    // What keeps ip6tables from answering leaves iptables as it is.
    file4 !== null && file4 === file6 ? asked : askVersion(host, 'ipv6').catch(ownError),
    host.files.read('/proc/net/ip_tables_names'),
    host.files.read('/proc/net/ip6_tables_names'),
  ])
  if (v4.exitCode === 127) return { fact: null, unknown: 'iptables is not installed' }
  if (v4.exitCode !== 0) throw new CommandError(versionOf.ipv4, v4)
  const failure = v6 instanceof TaskfenceError ? v6 : failureOf(v6)
  const isThere = !(v6 instanceof TaskfenceError) && v6.exitCode === 0
  const families: readonly IpFamily[] = isThere ? ['ipv4', 'ipv6'] : ['ipv4']
  return {
    ...(failure === undefined ? {} : { unknown: failure.message }),
    fact: {
      ...parseIptablesVersion(v4.stdout),
      families,
      legacyTables: { ipv4: parseTableNames(legacy4), ipv6: parseTableNames(legacy6) },
    },
  }
}

const versionOf: Readonly<Record<IpFamily, Command>> = {
  ipv4: { file: 'iptables', args: ['--version'] },
  ipv6: { file: 'ip6tables', args: ['--version'] },
}

function ownError(error: unknown): TaskfenceError {
  if (error instanceof TaskfenceError) return error
  throw error
}

/** undefined: it answered, or is not installed. */
const failureOf = (v6: CommandResult): CommandError | undefined =>
  v6.exitCode === 0 || v6.exitCode === 127 ? undefined : new CommandError(versionOf.ipv6, v6)

/** The tables are read anyway, and most versions put their name above them. */
async function askVersion(host: Host, family: IpFamily): Promise<CommandResult> {
  const named = await savedBy(host, family)
  return named === null ? host.run(versionOf[family]) : { exitCode: 0, stdout: named, stderr: '' }
}

/** "iptables v1.8.9 (nf_tables)", "iptables-save v1.8.9 (nf_tables)"; before 1.8 there was no suffix and only legacy. */
export function parseIptablesVersion(text: string): { version: string; backend: Backend } {
  const match = /^ip6?tables(?:-save)? v(\d+(?:\.\d+)+)(?:\s+\((legacy|nf_tables)\))?/.exec(text)
  if (match?.[1] === undefined) throw new ParseError('iptables --version', text, 'not a version')
  return { version: match[1], backend: match[2] === 'nf_tables' ? 'nf_tables' : 'legacy' }
}

/** /proc/net/ip_tables_names: the tables of legacy iptables, a line each; the file is missing without them. */
export function parseTableNames(text: string | null): readonly Table[] {
  const names = new Set((text ?? '').split('\n'))
  return tables.filter(table => names.has(table))
}
