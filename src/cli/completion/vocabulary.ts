import type { Format } from '../../report/formats.js'
import type { Command } from '../command.js'
import { optionNames, optionWords, type OptionWords, type Values } from '../option-words.js'
import { plainFormats } from '../options.js'

/** What can be typed, as a script for a shell needs it. */
export interface Vocabulary {
  readonly commands: readonly Typed[]
  /** What follows an option as its value; null: anything. Of `format` it depends on the command. */
  readonly values: ReadonlyMap<string, Listed | null>
}

export interface Typed {
  /** "check", "iam lint" */
  readonly name: string
  readonly summary: string
  /** With their dashes. */
  readonly options: readonly string[]
  readonly formats: readonly Format[]
  /** What follows the name. */
  readonly words: Listed | null
  /** Only one word does. */
  readonly single: boolean
}

/** Words, or the names of files. */
export type Listed = readonly string[] | 'file'

/** Names that only the running program knows. */
export interface Lists {
  readonly control: readonly string[]
  readonly 'task policy': readonly string[]
  /** Those of `completion`. */
  readonly script: readonly string[]
}

export function vocabularyOf(commands: readonly Command[], lists: Lists): Vocabulary {
  const listed = (values: Values | undefined): Listed | null =>
    values === undefined ? null : typeof values === 'string' && values !== 'file' ? lists[values] : values
  const valued = optionNames.filter(name => optionWords[name].type === 'string')
  const ofOption = (words: OptionWords) => listed(words.values)
  return {
    values: new Map(valued.map(name => [`--${name}`, ofOption(optionWords[name])])),
    commands: commands.map(({ name, summary, options, words, completes, formats = plainFormats }) => ({
      ...{ name, summary },
      options: [...options, 'help', 'version'].map(option => `--${option}`),
      formats: options.includes('format') ? formats : [],
      words: listed(completes),
      single: words === 1,
    })),
  }
}

/** Words that begin commands of two, and "" for those that begin any. */
export const beginnings = ({ commands }: Vocabulary): readonly string[] => [
  ...new Set(['', ...commands.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0] ?? ''] : []))]),
]

export interface Next {
  readonly word: string
  readonly summary: string
}

/** What can stand after one of them. */
export function nextWords({ commands }: Vocabulary, beginning: string): readonly Next[] {
  const lead = beginning === '' ? '' : `${beginning} `
  const next = commands
    .filter(({ name }) => name.startsWith(lead))
    .map(({ name, summary }) => {
      const [word = '', more] = name.slice(lead.length).split(' ')
      return { word, summary: more === undefined ? summary : `${word} commands` }
    })
  return [...new Map(next.map(entry => [entry.word, entry])).values()]
}
