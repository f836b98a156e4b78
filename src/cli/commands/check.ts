import type { Command } from '../command.js'
import { exitOfCheck, exitOfProve, worst } from '../exit.js'
import { hostOptions, usage } from '../options.js'
import { printReport } from '../print-report.js'
import { reconciliation } from '../reconciliation.js'
import { formats } from '../../report/formats.js'
import { proof } from './prove.js'

export const check: Command = {
  name: 'check',
  synopsis: 'check',
  words: 0,
  options: [...hostOptions, 'root', 'live', 'account', 'region', 'instance-id'],
  formats,
  summary: 'is everything in place, and does every promise hold',
  story: `Compares this host with what is wanted, and follows packets through its rules.
Writes nothing. Exit 0: in sync, and every claim holds; 1: a claim does not
hold; 2: drift; 3: something could not be told. 1 over 3 over 2.
With --root only what the next boot of an image finds is compared.

--format asff and ssm-compliance are about the instance --instance-id (default: as
its board tells), asff also in --account and --region (default: as a running task
tells).`,
  needsRoot: true,
  async run(call) {
    const { format, account, region, instance } = call.options
    if (format !== 'asff' && (account ?? region) !== undefined)
      throw usage('--account and --region belong to --format asff', 'check')
    if (format !== 'asff' && format !== 'ssm-compliance' && instance !== undefined)
      throw usage('--instance-id belongs to --format asff and ssm-compliance', 'check')
    if (call.options.live && call.options.root !== undefined)
      throw usage('--live asks with packets, and an image has none: leave out --live or --root', 'check')
    const report = await reconciliation(call, 'check')
    const proven = call.options.live ? await proof(call) : undefined
    await printReport(report, call, proven)
    return worst(exitOfCheck(report), ...(proven === undefined ? [] : [exitOfProve(proven)]))
  },
}
