import type { Command } from '../command.js'
import { exits } from '../exit.js'
import { onlyKnown } from '../only.js'
import { hostOptions } from '../options.js'

export const explain: Command = {
  name: 'explain',
  synopsis: 'explain [control]',
  words: 1,
  completes: 'control',
  options: hostOptions,
  summary: 'what a control does, why, by hand, and its limits',
  story: `Tells what a control does, why, who asks for it, the commands that would do it
by hand, and what it leaves open. Without a control: the list of them. Needs
neither root nor a supported system. Exit 0; 64: there is no such control.`,
  needsRoot: false,
  async run(call) {
    const controls = await call.parts.controls()
    const asked = await onlyKnown([...call.words, ...call.options.only], controls)
    const policy = call.options.policy === undefined ? undefined : await call.policy()
    const chosen = controls
      .filter(({ id }) => asked.length === 0 || asked.includes(id))
      .map(control => ({ ...control, mode: policy?.controls[control.id] }))
    if (call.options.format === 'json') {
      const { explainJson } = await import('../../report/json.js')
      call.print(explainJson(chosen))
    } else {
      const { explainText, listText } = await import('../../report/explain-text.js')
      call.print(asked.length === 0 ? listText(chosen) : explainText(chosen, call.width))
    }
    return exits.ok
  },
}
