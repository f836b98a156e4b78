import { Parser } from 'yargs/helpers'
import type { Command } from './command.js'
import { optionNames, optionWords, understand, usage, type Options } from './options.js'

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
  const { _: all, ...given } = Parser([...argv], { ...kinds, configuration })
  const [name, ...words] = all.map(String)
  const command = commands.find(candidate => candidate.name === name)
  if (given['version'] === true) {
    const { version } = await import('./version.js')
    return { kind: 'print', text: `${version}\n` }
  }
  if (given['help'] === true && (command !== undefined || name === undefined)) {
    // The rest of yargs, for texts that nobody waits for in a script.
    const { helpText } = await import('./help.js')
    return { kind: 'print', text: await helpText(command, commands, width) }
  }
  if (name === undefined) throw usage('no command was given')
  // What the parser does not know as an option lands among the words.
  if (command === undefined) throw usage(await unknownWord(name, commands))
  const flag = words.find(word => /^-./.test(word))
  if (flag !== undefined) throw usage(await unknownWord(flag, commands), command.name)
  const stray = words[command.synopsis.includes('[') ? 1 : 0]
  if (stray !== undefined)
    throw usage(`unexpected ${JSON.stringify(stray)} after ${command.name}`, command.name)
  return { kind: 'run', command, options: understand(given, command.name), words }
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

async function unknownWord(word: string, commands: readonly Command[]): Promise<string> {
  const { nearest } = await import('./nearest.js')
  const isOption = word.startsWith('-')
  const known = isOption
    ? [...optionNames, 'help', 'version'].map(name => `--${name}`)
    : commands.map(({ name }) => name)
  const bare = isOption ? word.replace(/=.*/s, '') : word
  const suggestion = nearest(bare, known)
  const question = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
  return `unknown ${isOption ? 'option' : 'command'} ${JSON.stringify(bare)}${question}`
}
