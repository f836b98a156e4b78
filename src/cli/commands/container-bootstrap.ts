import { FileError } from '../../model/errors.js'
import type { Command } from '../command.js'
import { exits } from '../exit.js'

const name = 'container-bootstrap'
const credentials = '169.254.170.2/32'
const metadata = '169.254.169.254/32'

/** What stands in each script, and what stands there when the metadata service is asked for too. */
const scripts = {
  powershell: {
    file: 'bootstrap.ps1',
    alone: `@('${credentials}')`,
    both: `@('${credentials}', '${metadata}')`,
  },
  cmd: { file: 'bootstrap.cmd', alone: `in (${credentials})`, both: `in (${credentials} ${metadata})` },
} as const

export const containerBootstrap: Command = {
  name,
  synopsis: name,
  words: 0,
  options: ['shell', 'with-metadata', 'log-level'],
  summary: 'Windows: the script by which a container reaches its credentials',
  story: `Prints what a container of a Windows task in nat mode runs when it starts: it
makes the way to the credentials of the task. awsvpc tasks need nothing.
--with-metadata also opens the instance metadata service, which hands out the
role of the instance: leave it out unless the program cannot do without.
Needs neither root nor Windows. Exit 0.`,
  needsRoot: false,
  async run(call) {
    const { options, parts } = call
    const host = await parts.host()
    const { file, alone, both } = scripts[options.containerShell ?? 'powershell']
    const path = `${host.scripts()}/container/${file}`
    const text = await host.files.read(path)
    if (text?.includes(alone) !== true)
      throw new FileError(path, 'is not the script that belongs to this program', {
        hint: 'Install taskfence again.',
      })
    call.print(options.withMetadata ? text.replace(alone, both) : text)
    return exits.ok
  },
}
