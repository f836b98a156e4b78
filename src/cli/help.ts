import yargs from 'yargs'
import type { Command } from './command.js'
import { belongsTo, optionNames, optionWords } from './options.js'
import { version } from './version.js'

/** The help of one command, or of the program. `width`: columns, 80 at most. */
export async function helpText(
  command: Command | undefined,
  commands: readonly Command[],
  width: number,
): Promise<string> {
  const parser = yargs()
    .scriptName('taskfence')
    // Or yargs asks the environment for a language and looks for its words on the disk.
    .detectLocale(false)
    .help('help')
    .describe('help', 'this text')
    .version('version', 'the version of taskfence', version)
    .wrap(Math.min(width, 80))
  if (command === undefined) {
    parser.usage(`taskfence COMMAND [OPTIONS]\n\n${promise}`)
    for (const { synopsis, summary } of commands) parser.command(synopsis, summary)
  } else {
    parser.usage(`taskfence ${command.synopsis} [OPTIONS]\n\n${command.story}`)
  }
  for (const name of optionNames) {
    if (command === undefined || belongsTo(name, command.name)) parser.option(name, optionWords[name])
  }
  return `${await parser.getHelp()}\n`
}

const promise = 'Every ECS task on this host gets its own credentials, and never the instance\u2019s.'
