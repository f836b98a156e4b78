import type { ResourceId } from '../model/resource.js'
import type { Drift } from '../model/watch.js'

/** When an entry that is repaired again and again is left alone for a while. */
export interface ContestLimits {
  /** So many repairs … */
  readonly repairs: number
  /** … in so many milliseconds are no accident. */
  readonly withinMs: number
  /** The first time it is held; doubled each time it is contested again, up to longestHoldMs. */
  readonly holdMs: number
  readonly longestHoldMs: number
}

export interface Contest {
  /** Repairs in the window; this and all times here in milliseconds of a clock that nobody sets. */
  readonly repairs: readonly number[]
  /** How often it was held. */
  readonly holds: number
  readonly heldUntil: number
}

export type Contests = ReadonlyMap<ResourceId, Contest>

const peace: Contest = { repairs: [], holds: 0, heldUntil: 0 }

/** What a look's repairs make of the contests, and the entries that have become contested by it. Pure. */
export function judge(
  contests: Contests,
  drifts: readonly Drift[],
  now: number,
  limits: ContestLimits,
): { readonly contests: Contests; readonly contested: readonly Drift[] } {
  const after = new Map(contests)
  const contested: Drift[] = []
  for (const drift of drifts) {
    if (!wasWritten(drift) || drift.during !== null || isFence(drift.id)) continue
    const before = after.get(drift.id) ?? peace
    const repairs = [...before.repairs.filter(time => now - time < limits.withinMs), now]
    if (repairs.length <= limits.repairs) {
      after.set(drift.id, { ...before, repairs })
      continue
    }
    const holds = now - before.heldUntil < limits.longestHoldMs ? before.holds + 1 : 1
    const holdMs = Math.min(limits.holdMs * 2 ** (holds - 1), limits.longestHoldMs)
    after.set(drift.id, { repairs: [], holds, heldUntil: now + holdMs })
    contested.push(drift)
  }
  for (const [id, contest] of after) if (isOver(contest, now, limits)) after.delete(id)
  return { contests: after, contested }
}

/** Nothing of it counts any more: entries come and go with tasks, and a daemon lives for months. */
const isOver = ({ repairs, heldUntil }: Contest, now: number, limits: ContestLimits): boolean =>
  repairs.every(time => now - time >= limits.withinMs) && now - heldUntil >= limits.longestHoldMs

/** Who is fast enough undoes it before it is read back. */
export const wasWritten = ({ action, isUndone }: Drift): boolean => action === 'repaired' || isUndone === true

/** The fence is what keeps tasks out while the rest is fought over: it is always put back. */
const isFence = (id: ResourceId): boolean => id.startsWith('nft inet taskfence')

/** The entries that are left alone, and for how many milliseconds more. */
export const holdsAt = (contests: Contests, now: number): ReadonlyMap<ResourceId, number> =>
  new Map([...contests].flatMap(([id, { heldUntil }]) => (now < heldUntil ? [[id, heldUntil - now]] : [])))

/** When the next hold ends; null: nothing is held. */
export function nextRelease(contests: Contests, now: number): number | null {
  const ends = [...contests.values()].map(({ heldUntil }) => heldUntil).filter(end => end > now)
  return ends.length === 0 ? null : Math.min(...ends)
}
