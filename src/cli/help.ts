import yargs from 'yargs'
import type { Command } from './command.js'
import { optionNames, optionWords, type OptionName, type OptionWords } from './option-words.js'
import { plainFormats } from './options.js'
import { version } from './version.js'

/** The help of one command. `width`: columns, 80 at most. */
export const helpText = (command: Command, width: number): Promise<string> =>
  text(
    `taskfence ${command.synopsis} [OPTIONS]\n\n${paragraphs(command.story)}`,
    [],
    optionsOf([command]),
    width,
    wordsFor(command),
  )

/** As wide as the terminal is, not as the source: only a line that ends a sentence ends a paragraph. */
const paragraphs = (story: string): string => story.replace(/(?<=[^.\n])\n(?=[^\n])/g, ' ')

/** "apply: seconds …" in the list of all options is "seconds …" in the help of apply. */
function wordsFor({ name, formats = plainFormats }: Command): Readonly<Record<OptionName, OptionWords>> {
  const words: Record<OptionName, OptionWords> = { ...optionWords }
  for (const option of optionNames) {
    const { describe } = words[option]
    if (describe.startsWith(`${name}: `))
      words[option] = { ...words[option], describe: describe.slice(name.length + 2) }
  }
  words.format = { type: 'string', describe: formats.join(', ') }
  return words
}

/** The help of a group of commands, "iam", or of the program: "". */
export function groupHelp(group: string, commands: readonly Command[], width: number): Promise<string> {
  if (group === '') {
    // What belongs to a group is told in the help of the group.
    const own = commands.filter(({ name }) => !name.includes(' '))
    return text(`taskfence COMMAND [OPTIONS]\n\n${promise}`, commands, optionsOf(own), width)
  }
  const own = commands.filter(({ name }) => name.startsWith(`${group} `))
  return text(`taskfence ${group} COMMAND [OPTIONS]`, own, optionsOf(own), width)
}

const promise = 'Every ECS task on this host gets its own credentials, and never the instance\u2019s.'

const optionsOf = (commands: readonly Command[]): readonly OptionName[] =>
  optionNames.filter(name => commands.some(({ options }) => options.includes(name)))

async function text(
  usage: string,
  commands: readonly Command[],
  options: readonly OptionName[],
  width: number,
  words: Readonly<Record<OptionName, OptionWords>> = optionWords,
): Promise<string> {
  const parser = yargs()
    .scriptName('taskfence')
    // Or yargs asks the environment for a language and looks for its words on the disk.
    .detectLocale(false)
    .help('help')
    .describe('help', 'this text')
    .version('version', 'the version of taskfence', version)
    .wrap(Math.min(width, 80))
    .usage(usage)
  for (const { synopsis, summary } of commands) parser.command(synopsis, summary)
  for (const name of options) parser.option(name, words[name])
  return `${await parser.getHelp()}\n`
}
