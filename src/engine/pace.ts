/** After looks that found nothing to do while reasons kept coming: a storm of changes that are none of ours. */
const firstPauseMs = 10
/** So many repairs in one burst are made at once; whoever goes on undoing them does not get all of a processor. */
const promptRepairs = 10
const contestedPauseMs = 100
/** A time without looks after which the next reason begins a burst of its own. */
const quietMs = 1000
/** After a repair: whoever undid it may do so again, and what changed while we wrote may have told nobody. */
export const looksAfterRepairMs: readonly number[] = [50, 200, 800, 3200]

const firstRetryMs = 1000
/** What fails for longer than these take together, the schedule looks at. */
const retries = 6

/** How long after a look that could not do all of it to look again; null: it could, or has not for long. `unsettled`: such looks in a row. */
export const retryAfterMs = (unsettled: number): number | null =>
  unsettled === 0 || unsettled > retries ? null : firstRetryMs * 2 ** (unsettled - 1)

/** The burst of looks that goes on. */
export interface Pace {
  /** Looks in a row that found nothing to repair. */
  readonly idleLooks: number
  readonly repairs: number
  readonly lastEnd: number
}

export const calm: Pace = { idleLooks: 0, repairs: 0, lastEnd: Number.NEGATIVE_INFINITY }

/**
 * How long to wait before the look for a reason that comes now, in a burst that goes on at most `longestMs`. The first of
 * a burst waits for nothing.
 */
export function pauseBefore(pace: Pace, now: number, longestMs: number): number {
  if (now - pace.lastEnd >= quietMs) return 0
  const idle = pace.idleLooks === 0 ? 0 : Math.min(firstPauseMs * 2 ** (pace.idleLooks - 1), longestMs)
  const contested = pace.repairs > promptRepairs ? contestedPauseMs : 0
  return Math.max(0, pace.lastEnd + Math.max(idle, contested) - now)
}

/** A look that repaired something was worth its cost: the next reason is looked at at once. */
export function afterLook(pace: Pace, now: number, hasRepaired: boolean): Pace {
  const { idleLooks, repairs } = now - pace.lastEnd >= quietMs ? calm : pace
  return hasRepaired
    ? { idleLooks: 0, repairs: repairs + 1, lastEnd: now }
    : { idleLooks: idleLooks + 1, repairs, lastEnd: now }
}
