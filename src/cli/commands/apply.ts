import type { Command } from '../command.js'
import { exitOfApply } from '../exit.js'
import { hostOptions } from '../options.js'
import { printReport } from '../print-report.js'
import { reconciliation } from '../reconciliation.js'
import { formats } from '../../report/formats.js'

export const apply: Command = {
  name: 'apply',
  synopsis: 'apply',
  words: 0,
  options: [...hostOptions, 'lock-wait'],
  // Findings need to know the instance, which may turn out unknown: too late once something is written.
  formats: formats.filter(format => format !== 'asff'),
  summary: 'carry the plan out, read back, prove; safe to repeat',
  story: `Writes what plan shows, reads everything back, and follows packets through the
rules. Writes nothing where everything is in place. Exit 0: all written and
verified, and no claim is false; 1: not so; 3: something could not be told.`,
  needsRoot: true,
  async run(call) {
    const report = await reconciliation(call, 'apply')
    await printReport(report, call)
    return exitOfApply(report)
  },
}
