import { Parser } from 'yargs/helpers'
import type { Command } from './command.js'
import { optionNames, optionWords } from './option-words.js'
import { understand, usage, type Options } from './options.js'

export type Asked =
  | { readonly kind: 'print'; readonly text: string }
  | {
      readonly kind: 'run'
      readonly command: Command
      readonly options: Options
      readonly words: readonly string[]
    }

/** Rejects with E_USAGE. `width`: columns of the help. */
export async function parseArguments(
  argv: readonly string[],
  commands: readonly Command[],
  width: number,
): Promise<Asked> {
  const { _: all, ...given } = parsed(argv)
  const typed = all.map(String)
  const command = commands.find(({ name }) => startsWith(typed, name))
  if (given['version'] === true) {
    const { version } = await import('./version.js')
    return { kind: 'print', text: `${version}\n` }
  }
  const group = groupOf(typed, commands)
  if (given['help'] === true && (command ?? group) !== undefined) {
    // The rest of yargs, for texts that nobody waits for in a script.
    const { groupHelp, helpText } = await import('./help.js')
    const text = command === undefined ? groupHelp(group ?? '', commands, width) : helpText(command, width)
    return { kind: 'print', text: await text }
  }
  // What the parser does not know as an option lands among the words.
  if (command === undefined) throw await noCommand(typed, group, commands)
  const words = typed.slice(command.name.split(' ').length)
  const flag = words.find(word => /^-./.test(word))
  if (flag !== undefined) throw usage(await unknownOption(flag), command.name)
  const stray = words[command.words]
  if (stray !== undefined)
    throw usage(`unexpected ${JSON.stringify(stray)} after ${command.name}`, command.name)
  return { kind: 'run', command, options: understand(given, command, commands), words }
}

/** Words alone are words. The parser takes a millisecond to say so, at a first call. */
const parsed = (argv: readonly string[]): ReturnType<typeof Parser> =>
  argv.some(word => word.startsWith('-')) ? Parser([...argv], { ...kinds, configuration }) : { _: [...argv] }

const startsWith = (typed: readonly string[], name: string): boolean =>
  name.split(' ').every((word, index) => typed[index] === word)

/** What commands of two words begin with, "iam"; "" is all of them; undefined for anything else typed. */
function groupOf(typed: readonly string[], commands: readonly Command[]): string | undefined {
  const [first = '', second] = typed
  const known = first === '' || commands.some(({ name }) => name.startsWith(`${first} `))
  return known && second === undefined ? first : undefined
}

const namesOf = (type: string) => optionNames.filter(name => optionWords[name].type === type)
const kinds = {
  boolean: [...namesOf('boolean'), 'help', 'version'],
  string: namesOf('string'),
}

const configuration = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'unknown-options-as-args': true,
}

async function noCommand(typed: readonly string[], group: string | undefined, commands: readonly Command[]) {
  const [first = ''] = typed
  if (group === '') return usage('no command was given')
  const flag = typed.slice(0, 2).find(word => /^-./.test(word))
  if (flag !== undefined) return usage(await unknownOption(flag))
  const inGroup = commands.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name] : []))
  if (inGroup.length === 0) return usage(await unknown('command', first, heads(commands)))
  if (group !== undefined) return usage(`${first} needs another word; there are ${inGroup.join(', ')}`, first)
  return usage(await unknown('command', typed.slice(0, 2).join(' '), inGroup), first)
}

const heads = (commands: readonly Command[]): readonly string[] =>
  commands.map(({ name }) => name.split(' ')[0] ?? name)

const unknownOption = (flag: string): Promise<string> =>
  unknown(
    'option',
    flag.replace(/=.*/s, ''),
    [...optionNames, 'help', 'version'].map(name => `--${name}`),
  )

async function unknown(what: string, word: string, known: readonly string[]): Promise<string> {
  const { nearest } = await import('./nearest.js')
  const suggestion = nearest(word, known)
  const question = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
  return `unknown ${what} ${JSON.stringify(word)}${question}`
}
