import type { Command } from '../command.js'
import { exitOfApply, exitOfPlan } from '../exit.js'
import { hostOptions } from '../options.js'
import { readingOf } from '../reading.js'

export const revert: Command = {
  name: 'revert',
  synopsis: 'revert',
  words: 0,
  options: [...hostOptions.filter(name => name !== 'only' && name !== 'policy'), 'lock-wait', 'dry-run'],
  summary: 'take everything back: the host as it was before the first apply',
  story: `Stops and disables the service, and removes whatever carries the name of taskfence,
now and at the next boot; what has no name (kernel values, settings of the agent,
empty chains and folders) becomes what it was before the first apply. Says what it
leaves. Safe to repeat. With --dry-run it only says so. Exit 0: nothing of ours is
left; 1: something could not be taken back; 3: could not be told; with --dry-run 2:
there is something to take back.`,
  needsRoot: true,
  async run(call) {
    const { options, parts } = call
    const host = await parts.host()
    const writeLock = async () => {
      const { takeLock } = await import('../lock.js')
      return takeLock(host, options.lockWaitSeconds, { pid: call.pid, command: 'taskfence revert' })
    }
    const [{ revert: carryOut }, { complete }] = await Promise.all([
      import('../../engine/revert.js'),
      import('../policy/defaults.js'),
    ])
    // A policy that is refused keeps nobody from going back.
    const policy = complete({}, await parts.controls())
    const report = await carryOut({ policy, mode: options.dryRun ? 'check' : 'apply', writeLock }, host)
    if (options.format === 'json') {
      const { reportJson } = await import('../../report/json.js')
      call.print(reportJson(report))
    } else {
      const { revertText } = await import('../../report/revert-text.js')
      call.print(revertText(report, await readingOf(call)))
    }
    return options.dryRun ? exitOfPlan(report) : exitOfApply(report)
  },
}
