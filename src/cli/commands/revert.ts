import type { Host } from '../../host/host.js'
import type { Report } from '../../model/report.js'
import type { Call, Command } from '../command.js'
import { exitOfApply, exitOfPlan, exits, type Exit } from '../exit.js'
import { hostOptions, usage } from '../options.js'
import { readingOf } from '../reading.js'

export const revert: Command = {
  name: 'revert',
  synopsis: 'revert',
  words: 0,
  options: [
    ...hostOptions.filter(name => name !== 'only' && name !== 'policy'),
    'lock-wait',
    'dry-run',
    'unconfirmed',
  ],
  summary: 'take everything back: the host as it was before the first apply',
  story: `Stops and disables the service, and removes whatever carries the name of taskfence,
now and at the next boot; what has no name (kernel values, settings of the agent,
empty chains and folders) becomes what it was before the first apply. Says what it
leaves. Safe to repeat. With --dry-run it only says so; with --unconfirmed it takes back
only what apply --confirm-within wrote and nobody confirmed. Exit 0: nothing of ours is
left; 1: something could not be taken back; 3: could not be told; with --dry-run 2:
there is something to take back.`,
  needsRoot: true,
  async run(call) {
    const { options, parts } = call
    const host = await parts.host()
    if (options.unconfirmed) return ofUnconfirmed(host, call)
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
    if (!options.dryRun) await (await import('../confirm/guard.js')).settle(host)
    const report = await carryOut({ policy, mode: options.dryRun ? 'check' : 'apply', writeLock }, host)
    await print(report, call)
    return options.dryRun ? exitOfPlan(report) : exitOfApply(report)
  },
}

async function ofUnconfirmed(host: Host, call: Call): Promise<Exit> {
  if (call.options.dryRun) throw usage('--unconfirmed and --dry-run do not go together', 'revert')
  const { takeBackNow } = await import('../confirm/guard.js')
  const report = await takeBackNow(host, call)
  if (report === null) {
    call.print('Nothing waits to be confirmed.\n')
    return exits.ok
  }
  await print(report, call)
  return exitOfApply(report)
}

async function print(report: Report, call: Call): Promise<void> {
  if (call.options.format === 'json') {
    const { reportJson } = await import('../../report/json.js')
    call.print(reportJson(report))
  } else {
    const { revertText } = await import('../../report/revert-text.js')
    call.print(revertText(report, await readingOf(call)))
  }
}
