import { differenceWords } from './resource-words.js'
import type { State } from '../model/resource.js'

/**
 * Words that fit the width, every line after the first indented as far as the first one's words. Where hardly a word
 * would fit beside the lead, they begin below it.
 */
export function wrap(lead: string, text: string, width: number): string {
  if (width - lead.length < 24 && lead.length > below.length && lead.trim() !== '')
    return `${lead.trimEnd()}\n${wrap(below, text, width)}`
  const indent = ' '.repeat(lead.length)
  const lines: string[] = []
  let line = ''
  for (const word of printable(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && lead.length + longer.length > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line].map((words, index) => `${index === 0 ? lead : indent}${words}`).join('\n')
}

const below = ' '.repeat(6)

/** "LABEL   from → to", on more lines where it does not fit. */
export function changeLine(indent: string, label: string, from: State, to: State, width: number): string {
  const change = differenceWords(from, to)
  const line = printable(`${indent}${label}   ${change}`)
  return line.length <= width ? line : `${indent}${printable(label)}\n${wrap(`${indent}    `, change, width)}`
}

/** What others named (a rule's comment, a container) must not move the cursor of whoever reads. */
export const printable = (text: string): string => text.replace(control, '\ufffd')
/** \p{Cc}, which takes half a millisecond to compile. */
const control = /[\0-\x1f\x7f-\x9f]/g

/** "1 promise", "2 promises". */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`

export const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`

/** What stands before a command that must run as root. An Administrator of Windows types it as it is. */
export const sudo = (family: 'linux' | 'windows'): string => (family === 'windows' ? '' : 'sudo ')
