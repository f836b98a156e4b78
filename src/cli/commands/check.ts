import type { Command } from '../command.js'
import { exitOfCheck, exitOfProve, worst } from '../exit.js'
import { hostOptions } from '../options.js'
import { printReport } from '../print-report.js'
import { reconciliation } from '../reconciliation.js'
import { formats } from '../../report/formats.js'
import { proof } from './prove.js'

export const check: Command = {
  name: 'check',
  synopsis: 'check',
  words: 0,
  options: [...hostOptions, 'live'],
  formats,
  summary: 'is everything in place, and does every promise hold',
  story: `Compares this host with what is wanted, and follows packets through its rules.
Writes nothing. Exit 0: in sync, and every claim holds; 1: a claim does not
hold; 2: drift; 3: something could not be told. 1 over 3 over 2.`,
  needsRoot: true,
  async run(call) {
    const report = await reconciliation(call, 'check')
    const proven = call.options.live ? await proof(call) : undefined
    await printReport(report, call, proven)
    return worst(exitOfCheck(report), ...(proven === undefined ? [] : [exitOfProve(proven)]))
  },
}
