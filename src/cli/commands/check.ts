import type { Command } from '../command.js'
import { exitOfCheck, exitOfProve, worst } from '../exit.js'
import { hostOptions } from '../options.js'
import { reconciliation } from '../reconciliation.js'
import { readingOf } from '../reading.js'
import { proof } from './prove.js'

export const check: Command = {
  name: 'check',
  synopsis: 'check',
  words: 0,
  options: [...hostOptions, 'live'],
  summary: 'is everything in place, and does every promise hold',
  story: `Compares this host with what is wanted, and follows packets through its rules.
Writes nothing. Exit 0: in sync, and every claim holds; 1: a claim does not
hold; 2: drift; 3: something could not be told. 1 over 3 over 2.`,
  needsRoot: true,
  async run(call) {
    const report = await reconciliation(call, 'check')
    const proven = call.options.live ? await proof(call) : undefined
    if (call.options.format === 'json') {
      const { reportJson } = await import('../../report/json.js')
      call.print(reportJson(report, proven))
    } else {
      const { reportText } = await import('../../report/text.js')
      const context = await readingOf(call)
      call.print(reportText(report, context))
      if (proven !== undefined) {
        const { proveText } = await import('../../report/prove-text.js')
        call.print(`\n${proveText(proven, context)}`)
      }
    }
    return worst(exitOfCheck(report), ...(proven === undefined ? [] : [exitOfProve(proven)]))
  },
}
