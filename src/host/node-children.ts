import type { EventEmitter } from 'node:events'
import { elapsedMs } from './node-clock.js'

/**
 * One that is gone is ours for so long: events of what it did may come late. The system gives its number to somebody
 * else some day, on a busy host with few numbers within minutes, and what that one does must not pass for ours.
 */
const rememberedMs = 30_000
const living = new Set<number>()
/** When each ended. */
const gone = new Map<number, number>()

/** Who changed a rule is often asked about when it is gone: our own must still be known then. */
export function noteChild(
  child: Pick<EventEmitter, 'once'> & { readonly pid?: number | undefined },
  now: () => number = elapsedMs,
): void {
  const { pid } = child
  if (pid === undefined) return
  gone.delete(pid)
  living.add(pid)
  child.once('exit', () => {
    living.delete(pid)
    gone.set(pid, now())
    for (const [one, end] of gone) if (now() - end > rememberedMs) gone.delete(one)
  })
}

/** This program, one that it started and that runs, or one that ended just now. */
export const isOurs = (pid: number, now: () => number = elapsedMs): boolean =>
  pid === process.pid || living.has(pid) || now() - (gone.get(pid) ?? -Infinity) <= rememberedMs
