import type { ProveReport } from '../../model/prove.js'
import type { Call, Command } from '../command.js'
import { exitOfProve } from '../exit.js'
import { hostOptions } from '../options.js'
import { readingOf } from '../reading.js'

export const prove: Command = {
  name: 'prove',
  synopsis: 'prove',
  words: 0,
  options: hostOptions,
  summary: 'ask with real packets beside the model\u2019s answer',
  story: `Connects from a throw-away namespace on each bridge and from the host, and puts
the packet's fate beside what the rules say. Fetches no secret; leaves nothing
behind. Exit 0: every claim holds; 1: one does not, or the rules and a packet
disagree; 3: something could not be told.`,
  needsRoot: true,
  async run(call) {
    const report = await proof(call)
    if (call.options.format === 'json') {
      const { proveJson } = await import('../../report/json.js')
      call.print(proveJson(report))
    } else {
      const { proveText } = await import('../../report/prove-text.js')
      call.print(proveText(report, await readingOf(call)))
    }
    return exitOfProve(report)
  },
}

export async function proof(call: Call): Promise<ProveReport> {
  const only = await call.only()
  const policy = await call.policy()
  return call.parts.prove({ policy, ...(only === undefined ? {} : { only }) }, await call.parts.host())
}
