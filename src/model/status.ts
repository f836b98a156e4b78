import type { Verdict } from './report.js'
import type { ResourceId } from './resource.js'
import type { Culprit, DriftAction } from './watch.js'

/** Upper bounds of the histogram of times to repair, in seconds. */
export const repairBuckets: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

/** Figures of a daemon since it began. */
export interface Tally {
  readonly looks: number
  /** Looks that could not be. */
  readonly failedLooks: number
  /** How long the last look took. */
  readonly lookMs: number
  readonly lookedAt: Date | null
  /** Since when each look ended with every promise kept, and the fence was found standing; null: the last one did not. */
  readonly protectedSince: Date | null
  /** The last look that did. */
  readonly lastSuccess: Date | null
  readonly drifts: Readonly<Record<DriftAction, number>>
  readonly repairs: {
    readonly count: number
    readonly seconds: number
    /** How many took at most as long as each of repairBuckets. */
    readonly buckets: readonly number[]
  }
  /** Who fights over the entries that are held; null: nobody told. */
  readonly opponents: ReadonlyMap<ResourceId, Culprit | null>
}

/** What the daemon keeps in /run/taskfence/status.json. Times as ISO 8601, in UTC. */
export interface DaemonStatus {
  readonly schemaVersion: 1
  readonly pid: number
  /** When the daemon began. */
  readonly since: string
  readonly onDrift: 'repair' | 'report'
  readonly protectedSince: string | null
  readonly lastLook: {
    readonly at: string
    readonly ms: number
    /** null: it could not be; `because` says why. */
    readonly verdict: Verdict | null
    readonly because?: string
  }
  readonly looks: number
  readonly failedLooks: number
  readonly drifts: Readonly<Record<DriftAction, number>>
  readonly contested: readonly {
    readonly entry: ResourceId
    /** Until then it is left alone. */
    readonly until: string
    readonly who: Culprit | null
  }[]
  readonly triggers: readonly {
    readonly name: string
    /** Why it does not work now; null: it does. */
    readonly ailing: string | null
  }[]
  readonly audit: {
    /** The last record that a daemon wrote since boot; null: none yet. */
    readonly number: number | null
    /** Its SHA-256. */
    readonly hash: string | null
    /** Why records wait; null: none does. */
    readonly ailing: string | null
  }
}

/** What `status` tells. */
export type ToldStatus =
  | {
      readonly isRunning: true
      readonly now: string
      readonly status: DaemonStatus
      /** Packets by counter of the fence; null: nobody could tell. */
      readonly counters: Readonly<Record<string, number>> | null
    }
  | {
      readonly isRunning: false
      readonly now: string
      /** The last words of a daemon that is gone; null: none. */
      readonly status: DaemonStatus | null
    }
