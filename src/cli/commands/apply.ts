import type { Call, Command } from '../command.js'
import { unconfirmedPath } from '../../model/trace.js'
import { exitOfApply, exitOfCheck } from '../exit.js'
import { hostOptions, usage } from '../options.js'
import { printReport } from '../print-report.js'
import { reconciliation } from '../reconciliation.js'
import { formats } from '../../report/formats.js'

export const apply: Command = {
  name: 'apply',
  synopsis: 'apply',
  words: 0,
  options: [...hostOptions, 'root', 'lock-wait', 'restart-agent', 'confirm-within', 'initialize', 'cluster'],
  // Some need to know the instance, which may turn out unknown: too late once something is written.
  formats: formats.filter(format => format !== 'asff' && format !== 'ssm-compliance'),
  summary: 'carry the plan out, read back, prove; safe to repeat',
  story: `Writes what plan shows, reads everything back, and follows packets through the
rules. Writes nothing where everything is in place. A setting of the agent that
waits for a restart is told, and the agent is left alone without --restart-agent.
Exit 0: all written and verified, and no claim is false; 1: not so; 3: something
could not be told.
With --confirm-within a timer puts back what stood before, unless \`taskfence
confirm\` comes in time; it waits for either, and need not live that long.
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
    const confirmation = await confirmationOf(call)
    const report = await reconciliation(
      call,
      call.options.initialize ? 'check' : 'apply',
      confirmation?.guard,
    )
    if (
      root === undefined &&
      report.outcomes.some(({ status }) => status === 'changed' || status === 'failed')
    ) {
      const { auditApply } = await import('../audit/after-apply.js')
      await auditApply(report, call)
    }
    await printReport(report, call)
    const exit = call.options.initialize ? exitOfCheck(report) : exitOfApply(report)
    return confirmation === undefined ? exit : confirmation.wait(exit)
  },
}

/** Of a run that has to be confirmed; of any other only whether one is in the way. */
async function confirmationOf(call: Call) {
  const { root, restartAgent, initialize, confirmWithinSeconds: seconds } = call.options
  if (seconds !== undefined && (root !== undefined || restartAgent || initialize))
    throw usage('--confirm-within cannot take back --root, --restart-agent or --initialize', 'apply')
  if (root !== undefined) return undefined
  const host = await call.parts.host()
  const isInTheWay = (await host.files.stat(unconfirmedPath)) !== null
  if (seconds === undefined && !isInTheWay) return undefined
  const { confirmation } = await import('../confirm/confirmation.js')
  return confirmation(seconds, host, call)
}
