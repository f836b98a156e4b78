import { ParseError } from '../model/errors.js'
import type { Table } from '../model/facts.js'
import type { RulesFileLine } from '../model/durable.js'

/**
 * A file of iptables-save with our lines in it, and every other line as it was. Lines that carry one of the tags go;
 * the wanted ones are put where they count. A table or chain that the file does not have is not added: a restore
 * would flush what it names; nor is a line that leads to one, for which a restore would refuse the whole file. Throws a ParseError for what iptables-restore would refuse as a whole.
 */
export function mergeLines(
  text: string,
  source: string,
  wanted: readonly RulesFileLine[],
  tags: readonly string[],
): string {
  const lines = text.split('\n').filter(line => !tags.some(tag => carries(line, tag)))
  // From the end, so that the numbers of the lines before stay what they are.
  for (const section of lastSections(lines, source).reverse()) {
    const placed = wanted.filter(
      ({ table, chain, leadsTo }) =>
        table === section.table && section.has(chain) && (leadsTo === null || section.has(leadsTo)),
    )
    const tails = placed.filter(({ position }) => position === 'tail')
    lines.splice(section.end, 0, ...tails.map(line => line.text))
    // Written one above the other, as `-I` would put them: what comes later stands above.
    const heads = placed.filter(({ position }) => position === 'head')
    for (const line of heads) lines.splice(firstRule(lines, section, line.chain), 0, line.text)
  }
  return lines.join('\n')
}

/** How many lines carry one of the tags. */
export const countLines = (text: string, tags: readonly string[]): number =>
  text.split('\n').filter(line => tags.some(tag => carries(line, tag))).length

interface Section {
  readonly table: Table
  readonly start: number
  /** The number of its COMMIT. */
  readonly end: number
  has(chain: string): boolean
}

/** Of a table that stands twice only the last counts: restoring it flushes what the first one wrote. */
function lastSections(lines: readonly string[], source: string): Section[] {
  const found = new Map<string, Section>()
  let start: number | null = null
  for (const [index, line] of lines.entries()) {
    const refuse = (why: string) => new ParseError(source, line, why)
    if (line.startsWith('*')) {
      if (start !== null) throw refuse('a table begins inside another')
      start = index
    } else if (line.trim() === 'COMMIT') {
      if (start === null) throw refuse('COMMIT outside of a table')
      const table = (lines[start] ?? '').slice(1).trim() as Table
      found.delete(table)
      found.set(table, sectionOf(table, lines, start, index))
      start = null
    } else if (start === null && /^\s*[^#\s]/.test(line)) throw refuse('a line outside of a table')
  }
  if (start !== null) throw new ParseError(source, lines[start] ?? '', 'a table without COMMIT')
  return [...found.values()]
}

function sectionOf(table: Table, lines: readonly string[], start: number, end: number): Section {
  const declared = lines.slice(start, end).flatMap(line => /^:(\S+) /.exec(line)?.[1] ?? [])
  return { table, start, end, has: chain => declared.includes(chain) || builtIn.has(chain) }
}

const builtIn: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])

/** Where the chain's first rule stands; else where its table ends. With `iptables-save -c`, counters come first. */
function firstRule(lines: readonly string[], { start, end }: Section, chain: string): number {
  const index = lines.findIndex(
    (line, at) => at > start && at < end && (/^(?:\[\d+:\d+\] )?-[AI] (\S+)/.exec(line)?.[1] ?? '') === chain,
  )
  return index === -1 ? end : index
}

/** `taskfence-imds` is not `taskfence-imds-bridge`. */
const carries = (line: string, tag: string): boolean =>
  line.split(/\s+/).some((word, index, words) => words[index - 1] === '--comment' && unquoted(word) === tag)

const unquoted = (word: string): string => word.replace(/^"(.*)"$/, '$1')
