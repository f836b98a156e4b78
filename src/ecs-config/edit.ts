import { assignmentOf } from './read.js'

/**
 * The text with this key set, or without it where `value` is null. Every other line stays as it is, byte for byte, and
 * a last line without an end stays without one. Of several lines with the key the last stays, which is the one that
 * counts; a key that is new comes last. Safe to repeat.
 */
export function editEcsConfig(text: string, key: string, value: string | null): string {
  const lines = text.split(/(?<=\n)/)
  const ours = lines.flatMap((line, index) => (assignmentOf(line)?.key === key ? [index] : []))
  if (value === null) return without(lines, ours)
  const last = ours.at(-1)
  if (last === undefined) return appended(text, `${key}=${value}`)
  const set = lines.map((line, index) => (index === last ? `${key}=${value}${endOf(line)}` : line))
  return without(set, ours.slice(0, -1))
}

function appended(text: string, line: string): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  if (text === '') return `${line}${end}`
  if (!text.endsWith('\n')) return `${text}${end}${continues(text) ? end : ''}${line}`
  return `${text}${continues(text) ? end : ''}${line}${end}`
}

function without(lines: readonly string[], gone: readonly number[]): string {
  const kept = lines.flatMap((line, index) => {
    if (!gone.includes(index)) return [line]
    return continues(lines[index - 1] ?? '') ? [endOf(line)] : []
  })
  const text = kept.join('')
  const hadEnd = lines.at(-1)?.endsWith('\n') === true
  // The end of the line before the last belonged to it as little as the last had one.
  return gone.includes(lines.length - 1) && !hadEnd ? text.slice(0, text.length - endOf(text).length) : text
}

/** To systemd, which reads the same file as an EnvironmentFile=, the next line is a part of this one. */
const continues = (line: string): boolean => /\\\r?\n?$/.test(line)

const endOf = (line: string): string => /\r?\n?$/.exec(line)?.[0] ?? ''
