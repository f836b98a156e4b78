import { randomUUID } from 'node:crypto'
import { readUnconfirmed, writeUnconfirmed, type Unconfirmed } from '../../engine/unconfirmed.js'
import type { Host } from '../../host/host.js'
import { TaskfenceError } from '../../model/errors.js'
import { unconfirmedPath, type Before } from '../../model/trace.js'
import type { Call } from '../command.js'
import { takeLock } from '../lock.js'
import { armTimer, disarmTimer, isArmed } from './timer.js'

/** Before anything is written: what stands is on disk, and a timer runs that puts it back. */
export async function guard(before: readonly Before[], until: Date, host: Host, call: Call): Promise<void> {
  const unit = `taskfence-unconfirmed-${randomUUID().slice(0, 8)}`
  const boot = await bootOf(host)
  await writeUnconfirmed({ before, until: until.toISOString(), unit, boot, isTakenBack: false }, host)
  const seconds = Math.max(1, Math.round((until.getTime() - host.now().getTime()) / 1000))
  try {
    await armTimer(unit, seconds, call.self, host)
  } catch (error) {
    await host.files.remove(unconfirmedPath)
    throw error
  }
}

/**
 * Nobody else writes while an apply waits, or after it was taken back: it would undo the one or the other. A timer that a
 * reboot took away, that a program killed in between never set, or that could not take all back is made up for. `isNext`:
 * the run is itself one that has to be confirmed.
 */
export async function refuseUnconfirmed(host: Host, call: Call, isNext = false): Promise<void> {
  let found = await readUnconfirmed(host)
  if (found === null) return
  if (!found.isTakenBack && !(await isTimed(found, host))) {
    await takeBackNow(host, call, async one => !(await isTimed(one, host)))
    found = await readUnconfirmed(host)
  }
  refuse(found, isNext)
}

/** For a run that holds the write lock: another one may have come to wait while this one waited for the lock. */
export async function refuseOneMeanwhile(host: Host, isNext: boolean): Promise<void> {
  refuse(await readUnconfirmed(host), isNext)
}

function refuse(found: Unconfirmed | null, isNext: boolean): void {
  if (found === null || (found.isTakenBack && isNext)) return
  throw new TaskfenceError(
    'E_BUSY',
    found.isTakenBack
      ? `an apply was not confirmed by ${found.until}, and was taken back`
      : `an apply waits until ${found.until} to be confirmed`,
    {
      hint: found.isTakenBack
        ? '`taskfence confirm` lets apply and the daemon write again.'
        : '`taskfence confirm` keeps it. Nothing was changed.',
    },
  )
}

const isTimed = async ({ boot, unit }: Unconfirmed, host: Host): Promise<boolean> =>
  boot === (await bootOf(host)) && (await isArmed(unit, host))

/** `isDue` is asked once nobody else writes: an apply that has just begun may have been about to set its timer. */
export async function takeBackNow(
  host: Host,
  call: Call,
  isDue: (found: Unconfirmed) => Promise<boolean> = () => Promise.resolve(true),
) {
  const [{ takeBack }, { complete }] = await Promise.all([
    import('../../engine/unconfirmed.js'),
    import('../policy/defaults.js'),
  ])
  const writeLock = () =>
    takeLock(host, call.options.lockWaitSeconds, { pid: call.pid, command: 'taskfence revert' })
  return takeBack(complete({}, await call.parts.controls()), { writeLock, isDue }, host)
}

/** Whatever waits or was taken back is forgotten; what stands stays. Answers what it was. */
export async function settle(host: Host) {
  const found = await readUnconfirmed(host)
  if (found === null) return null
  await host.files.remove(unconfirmedPath)
  await disarmTimer(found.unit, host)
  return found
}

/** random(4): another one after each boot. */
const bootOf = async (host: Host): Promise<string> =>
  ((await host.files.read('/proc/sys/kernel/random/boot_id')) ?? '').trim()
