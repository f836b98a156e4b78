import type { ReconcileInput } from '../engine/reconcile.js'
import type { Report } from '../model/report.js'
import { unconfirmedPath } from '../model/trace.js'
import type { Call } from './command.js'
import { whyNotHeld } from './status.js'

/** The arrow, as asked on the command line. */
export async function reconciliation(
  call: Call,
  mode: ReconcileInput['mode'],
  guard?: ReconcileInput['guard'],
): Promise<Report> {
  const { options, parts, log } = call
  if (options.root !== undefined) return imageReconciliation(call, mode, options.root)
  // The option is wrong whatever the file says, so it is looked at first.
  const only = await call.only()
  const policy = await call.policy()
  const host = await parts.host()
  log.debug('looking', { mode, only: only?.join(',') ?? 'all' })
  const writeLock = async () => {
    const { takeLock } = await import('./lock.js')
    const holder = { pid: call.pid, command: `taskfence ${mode}` }
    const release = await takeLock(host, options.lockWaitSeconds, holder)
    log.debug('write lock taken')
    try {
      if ((await host.files.stat(unconfirmedPath)) !== null)
        await (await import('./confirm/guard.js')).refuseOneMeanwhile(host, guard !== undefined)
    } catch (error) {
      await release()
      throw error
    }
    return release
  }
  const restart = options.restartAgent ? { restart: call.tell } : {}
  const report = await parts.reconcile(
    {
      ...{ policy, mode, writeLock, ...restart },
      ...(only === undefined ? {} : { only }),
      ...(guard === undefined ? {} : { guard }),
    },
    host,
  )
  const because = await whyNotHeld(host)
  if (because === null) return report
  const text = `the daemon cannot hold all of a second fence (${because}): what that lacks a flush of all rules opens until its next look`
  return { ...report, notes: [...report.notes, { text }] }
}

/** No lock: nobody else writes what does not run. */
async function imageReconciliation(call: Call, mode: ReconcileInput['mode'], root: string): Promise<Report> {
  const only = await call.only()
  const host = await call.parts.imageHost(root)
  const policy = await call.policy(host)
  call.log.debug('looking at an image', { mode, root })
  return call.parts.reconcileImage({ policy, mode, root, ...(only === undefined ? {} : { only }) }, host)
}
