import { ParseError } from '../model/errors.js'
import { printedLines } from './split-args.js'

/** By name, what `iptables -S` prints of the table; also of those of which it says only that it cannot print them. */
export type SavedTables = ReadonlyMap<string, string>

/** Reads what iptables-save (ip6tables-save) prints. ParseError: it is not of iptables-save, or broken off. */
export function parseSaved(text: string): SavedTables {
  const source = 'iptables-save'
  const tables = new Map<string, string>()
  const add = (name: string, listed: string) => tables.set(name, `${tables.get(name) ?? ''}${listed}\n`)
  let open: string | null = null
  for (const line of printedLines(text, source)) {
    const about = line.startsWith('# Table') ? /^# Table `(.*?)'/.exec(line)?.[1] : undefined
    if (about !== undefined) add(about, line)
    else if (line.startsWith('#')) continue
    else if (open === null && line.startsWith('*')) open = line.slice(1)
    else if (open !== null && line === 'COMMIT') open = null
    else if (open !== null) add(open, asListed(line))
    else if (line !== '') throw new ParseError(source, line, 'a line outside of a table')
  }
  if (open !== null) throw new ParseError(source, open, 'a table without its end')
  return tables
}

/** ":INPUT ACCEPT [0:0]" and ":DOCKER - [0:0]" as `-S` says it; rules are printed alike. */
function asListed(line: string): string {
  const [chain = '', policy = ''] = line.startsWith(':') ? line.slice(1).split(' ') : []
  if (chain === '' || policy === '') return line
  return policy === '-' ? `-N ${chain}` : `-P ${chain} ${policy}`
}
