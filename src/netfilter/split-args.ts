import { ParseError } from '../model/errors.js'

/** One line of `iptables -S`, as printed and as the arguments it stands for. */
export interface ArgsLine {
  readonly text: string
  readonly args: readonly string[]
}

/**
 * Lines of `iptables -S`, with its quoting undone: `"two words"`, and a backslash before a quote or a backslash.
 * A newline inside quotes belongs to the argument (a comment may hold one).
 */
export function splitLines(text: string, source: string): readonly ArgsLine[] {
  const lines: ArgsLine[] = []
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end < 0 ? text.length : end)
    if (line.startsWith('#') || !line.includes('"')) {
      lines.push({
        text: line,
        args: line.startsWith('#') ? [] : line.split(/[ \t]+/).filter(word => word !== ''),
      })
      start += line.length + 1
    } else {
      const { args, next } = splitFrom(text, start, source)
      lines.push({ text: text.slice(start, next), args })
      start = next + 1
    }
  }
  return lines
}

/** The same lines, only as printed. ParseError: a quote is left open. */
export function printedLines(text: string, source: string): readonly string[] {
  const lines: string[] = []
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end < 0 ? text.length : end)
    const isPlain = line.startsWith('#') || !line.includes('"')
    lines.push(isPlain ? line : text.slice(start, splitFrom(text, start, source).next))
    start += (lines.at(-1) ?? '').length + 1
  }
  return lines
}

/** The arguments of one line. ParseError: a quote is left open. */
export const splitArgs = (line: string, source = 'iptables'): readonly string[] =>
  splitLines(line, source).flatMap(({ args }) => args)

function splitFrom(text: string, start: number, source: string): { args: readonly string[]; next: number } {
  const args: string[] = []
  let arg: string | null = null
  let quoted = false
  let at = start
  for (; at < text.length && (quoted || text[at] !== '\n'); at++) {
    const char = text.charAt(at)
    if (char === '"') {
      quoted = !quoted
      arg ??= ''
    } else if (quoted && char === '\\') {
      at++
      arg = (arg ?? '') + text.charAt(at)
    } else if (!quoted && (char === ' ' || char === '\t')) {
      if (arg !== null) args.push(arg)
      arg = null
    } else {
      arg = (arg ?? '') + char
    }
  }
  if (quoted) throw new ParseError(source, text.slice(start), 'a quote is left open')
  if (arg !== null) args.push(arg)
  return { args, next: at }
}
