import type { Command } from '../command.js'
import { exits } from '../exit.js'
import { usage } from '../options.js'

const name = 'completion'

export const completion: Command = {
  name,
  synopsis: 'completion <shell>',
  words: 1,
  completes: 'script',
  options: ['log-level'],
  summary: 'a script that completes these commands: for bash or zsh',
  story: `Prints a script that lets a shell complete commands, options, controls and files.
bash: source <(taskfence completion bash). zsh: put it as _taskfence into a folder
of fpath, or source it after compinit. Exit 0; 64: no such shell.`,
  needsRoot: false,
  async run(call) {
    const { scripts } = await import('../completion/index.js')
    const shell = Object.keys(scripts).find(known => known === call.words[0])
    if (shell === undefined) throw usage(`for which shell: ${Object.keys(scripts).join(' or ')}`, name)
    const [{ listsOf }, { vocabularyOf }, { commands }] = await Promise.all([
      import('../completion/lists.js'),
      import('../completion/vocabulary.js'),
      import('./index.js'),
    ])
    const lists = listsOf(await call.parts.controls())
    call.print(scripts[shell as keyof typeof scripts](vocabularyOf(commands, lists)))
    return exits.ok
  },
}
