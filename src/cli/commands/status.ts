import type { Command } from '../command.js'
import { exitOfStatus, exits } from '../exit.js'

export const status: Command = {
  name: 'status',
  synopsis: 'status',
  words: 0,
  options: ['format', 'no-color', 'log-level'],
  summary: 'what the daemon saw and did: since when this host is protected',
  story: `Tells what taskfence watch keeps in /run/taskfence/status.json: since when every
promise holds, the last look, what drifted and was put back, what is fought over,
which triggers work, and what the fence has dropped. Looks at nothing itself.
Exit 0: the daemon runs, and its last look found everything in place; 1: a
promise is broken, or something could not be written; 2: drift stands; 3: no
daemon runs here, or something could not be told.`,
  needsRoot: true,
  async run(call) {
    const { tellStatus } = await import('../status.js')
    const told = await tellStatus(await call.parts.host())
    if (call.options.format === 'json') {
      const { statusJson } = await import('../../report/status-json.js')
      call.print(statusJson(told))
    } else {
      const { statusText } = await import('../../report/status-text.js')
      call.print(statusText(told, call.paint, call.width))
    }
    return told.isRunning ? exitOfStatus(told.status) : exits.unknown
  },
}
