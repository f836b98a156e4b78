import type { ContestLimits } from '../../engine/contest.js'
import type { First } from '../../engine/first.js'
import type { ReconcileInput } from '../../engine/reconcile.js'
import type { Host } from '../../host/host.js'
import { TaskfenceError } from '../../model/errors.js'
import type { Facts } from '../../model/facts.js'
import type { DaemonPolicy, WatchPolicy } from '../../model/policy.js'
import type { Report } from '../../model/report.js'
import { unconfirmedPath } from '../../model/trace.js'
import type { Reason } from '../../model/watch.js'
import { placesOf } from '../../platforms/places.js'
import { knownHead } from '../audit/read.js'
import type { Call } from '../command.js'
import { exits, type Exit } from '../exit.js'
import { takeLock } from '../lock.js'
import { holdDaemonLock } from './daemon-lock.js'
import { createHeldFence, fenceRulesOf } from './held-fence.js'
import { notifier, type Notifier } from './notify.js'
import { restartingNow } from './restarts.js'
import { keepHeapSmall } from './small-heap.js'
import { teller } from './teller.js'
import { heartbeat } from '../../triggers/heartbeat.js'
import type { Trigger } from '../../triggers/trigger.js'
import { triggersOf } from './triggers.js'

const minuteMs = 60_000
const longestHoldMs = 60 * minuteMs
/** After a signal to end, a look that hangs is not waited for. */
const endWithinMs = 800

/** Watches until told to end. Rejects with E_BUSY where another daemon does so already. */
export async function runDaemon(call: Call): Promise<Exit> {
  const { parts, log } = call
  const lookEnded = keepHeapSmall()
  const host = await parts.host()
  if (!placesOf(host).hasPosixTools) throw notOnWindows()
  let policy = await call.policy()
  const holder = { pid: call.pid, command: 'taskfence watch' }
  const lock = await holdDaemonLock(host, holder, log)
  try {
    await makeUpForTimer(host, call, log)
    const facts = await parts.detect(host)
    const signals = await parts.signals()
    const [{ watch }, { firstOf }, { createMemory }] = await Promise.all([
      import('../../engine/watch.js'),
      import('../../engine/first.js'),
      import('../../look/memory.js'),
    ])
    const systemd = notifier(call.env, host, log)
    const [journal, known] = await Promise.all([parts.journal(), knownHead(host)])
    const tell = teller({ call, host, journal, systemd, known, policy: () => policy })
    await tell.follow()
    const fence = createHeldFence(host, log)
    const memory = createMemory()
    const alive = aliveFor(systemd)
    const wanted = triggersOf(host, signals)
    const triggersFor = async (facts: Facts, report: Report | null) => [
      ...[fence.trigger, ...alive],
      ...(await wanted({ facts, policy: policy.watch, report })),
    ]
    let last: { readonly policy: DaemonPolicy; readonly report: Report } | undefined
    const watching = watch({
      triggers: await triggersFor(facts, null),
      triggersFor: report => triggersFor(report.facts, report),
      limits: () => limitsOf(policy.watch),
      longestPauseMs: () => policy.watch.longestPauseMs,
      now: () => host.now(),
      elapsedMs: () => host.elapsedMs(),
      look: async (reasons, held) => {
        const first = last?.policy === policy ? firstOf(last.report, reasons, held) : null
        const asked = policy
        if (reasons.some(({ trigger }) => trigger === 'schedule')) await makeUpForTimer(host, call)
        const report = await lookWith({ policy, reasons, hold: held, first, memory }, host, call)
        last = { policy: asked, report }
        return report
      },
      onlyTells: () => policy.onDrift === 'report',
      restarting: () => restartingNow(host),
      async ended(look) {
        if (look.report !== null && !(await isUnconfirmed(host)))
          await fence.keep(policy.onDrift === 'report' ? [] : fenceRulesOf(look.report))
        await tell.ended(look)
        lookEnded()
      },
    })
    const reload = async () => {
      try {
        policy = await call.policy()
        await tell.follow()
        log.info('policy read again')
        watching.look('signal', 'the policy was read again')
      } catch (error) {
        log.error('the new policy is refused, the old one stays', { why: String(error) })
      }
    }
    call.onSignal('SIGHUP', () => void reload())
    const asked = await Promise.race([call.ending(), lock.lost])
    lock.ends()
    if (asked instanceof Error)
      log.error('ending; the lock of the daemon is lost', { because: asked.message })
    else log.info('ending; all rules stay in place', { signal: asked })
    void systemd.ending()
    const stopped = watching.stop().then(() => tell.stop())
    await Promise.race([stopped, new Promise(resolve => setTimeout(resolve, endWithinMs))])
    if (asked instanceof Error) throw asked
    return exits.ok
  } finally {
    await lock.release()
  }
}

const notOnWindows = (): TaskfenceError =>
  new TaskfenceError('E_UNSUPPORTED', 'on Windows a scheduled task of PowerShell watches', {
    hint: 'Run windows\\Install-Taskfence.ps1, which makes and starts it.',
  })

/** Where systemd waits for looks to end. */
const aliveFor = (systemd: Notifier): readonly Trigger[] =>
  systemd.watchdogMs === null ? [] : [heartbeat(systemd.watchdogMs / 6, () => systemd.isWaiting())]

const limitsOf = ({ contest }: WatchPolicy): ContestLimits => ({
  repairs: contest.repairs,
  withinMs: contest.minutes * minuteMs,
  holdMs: contest.holdMinutes * minuteMs,
  longestHoldMs,
})

/** An apply that waited to be confirmed when the host went down, or whose timer failed, is taken back here. */
async function makeUpForTimer(host: Host, call: Call, log?: Call['log']): Promise<void> {
  if ((await host.files.stat(unconfirmedPath)) === null) return
  const { refuseUnconfirmed } = await import('../confirm/guard.js')
  try {
    await refuseUnconfirmed(host, call)
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    log?.warn('nothing is repaired', { because: error.message })
  }
}

interface Looking extends Pick<ReconcileInput, 'hold' | 'memory'> {
  readonly policy: DaemonPolicy
  readonly reasons: readonly Reason[]
  /** What they tell of. */
  readonly first: First | null
}

/** What an event tells of is repaired under a lock taken first, so that one look is enough. */
async function lookWith(
  { policy, reasons, first, ...asked }: Looking,
  host: Host,
  { parts, options, pid }: Call,
): Promise<Report> {
  const writeLock = () => takeLock(host, options.lockWaitSeconds, { pid, command: 'taskfence watch' })
  const mode = policy.onDrift === 'report' || (await isUnconfirmed(host)) ? 'check' : 'apply'
  const isUrgentNow = mode === 'apply' && reasons.some(({ trigger }) => isUrgent(trigger))
  return parts.reconcile(
    { ...asked, policy, mode, writeLock, ...(isUrgentNow ? { urgent: { first } } : {}) },
    host,
  )
}

const isUrgent = (trigger: string): boolean =>
  !['schedule', 'heartbeat', 'after-repair', 'retry', 'start'].includes(trigger)

/** What nobody has confirmed yet is left as it stands. */
const isUnconfirmed = async (host: Host): Promise<boolean> =>
  (await host.files.stat(unconfirmedPath)) !== null
