import type { Command } from '../command.js'
import { exitOfApply, exitOfCheck } from '../exit.js'
import { hostOptions, usage } from '../options.js'
import { printReport } from '../print-report.js'
import { reconciliation } from '../reconciliation.js'
import { formats } from '../../report/formats.js'

export const apply: Command = {
  name: 'apply',
  synopsis: 'apply',
  words: 0,
  options: [...hostOptions, 'root', 'lock-wait', 'restart-agent', 'initialize', 'cluster'],
  // Some need to know the instance, which may turn out unknown: too late once something is written.
  formats: formats.filter(format => format !== 'asff' && format !== 'ssm-compliance'),
  summary: 'carry the plan out, read back, prove; safe to repeat',
  story: `Writes what plan shows, reads everything back, and follows packets through the
rules. Writes nothing where everything is in place. A setting of the agent that
waits for a restart is told, and the agent is left alone without --restart-agent.
Exit 0: all written and verified, and no claim is false; 1: not so; 3: something
could not be told.
With --root it writes only what the next boot finds, into an image's root folder,
and leaves this machine's kernel alone.
Windows: --initialize lets AWS's own ECSTools set the host up, and then checks.`,
  needsRoot: true,
  async run(call) {
    const { initialize: sets, restartAgent, root } = call.options
    if ((sets || restartAgent) && root !== undefined)
      throw usage('--initialize and --restart-agent are for a host that runs, not for --root', 'apply')
    if (sets) {
      const { initialize } = await import('../initialize.js')
      await initialize(call)
    }
    const report = await reconciliation(call, call.options.initialize ? 'check' : 'apply')
    if (
      root === undefined &&
      report.outcomes.some(({ status }) => status === 'changed' || status === 'failed')
    ) {
      const { auditApply } = await import('../audit/after-apply.js')
      await auditApply(report, call)
    }
    await printReport(report, call)
    return call.options.initialize ? exitOfCheck(report) : exitOfApply(report)
  },
}
