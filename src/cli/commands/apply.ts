import type { Command } from '../command.js'
import { exitOfApply } from '../exit.js'
import { hostOptions } from '../options.js'
import { reconciliation } from '../reconciliation.js'
import { readingOf } from '../reading.js'

export const apply: Command = {
  name: 'apply',
  synopsis: 'apply',
  words: 0,
  options: [...hostOptions, 'lock-wait'],
  summary: 'carry the plan out, read back, prove; safe to repeat',
  story: `Writes what plan shows, reads everything back, and follows packets through the
rules. Writes nothing where everything is in place. Exit 0: all written and
verified, and no claim is false; 1: not so; 3: something could not be told.`,
  needsRoot: true,
  async run(call) {
    const report = await reconciliation(call, 'apply')
    if (call.options.format === 'json') {
      const { reportJson } = await import('../../report/json.js')
      call.print(reportJson(report))
    } else {
      const { reportText } = await import('../../report/text.js')
      call.print(reportText(report, await readingOf(call)))
    }
    return exitOfApply(report)
  },
}
