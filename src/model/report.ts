import type { ClaimEntry } from './claim.js'
import type { DesiredEntry, SkippedControl } from './desired.js'
import type { ResourceError } from './errors.js'
import type { Facts } from './facts.js'
import type { Policy } from './policy.js'
import type { State } from './resource.js'

export type Outcome =
  | { readonly status: 'in-sync'; readonly entry: DesiredEntry }
  | { readonly status: 'drifted'; readonly entry: DesiredEntry; readonly from: State }
  /** `at`: when, where that was before the rest was looked at. */
  | { readonly status: 'changed'; readonly entry: DesiredEntry; readonly from: State; readonly at?: Date }
  /** Written and right; counts once the service was restarted. */
  | {
      readonly status: 'pending'
      readonly entry: DesiredEntry
      readonly from: State
      readonly because: string
    }
  | { readonly status: 'unknown'; readonly entry: DesiredEntry; readonly error: ResourceError }
  | {
      readonly status: 'failed'
      readonly entry: DesiredEntry
      readonly from: State
      readonly error: ResourceError
    }

/** Worst first. A broken claim is a failure. */
export const verdicts = ['failed', 'unknown', 'drifted', 'pending', 'changed', 'in-sync'] as const
export type Verdict = (typeof verdicts)[number]

/** What someone should know and no claim says: a rule in the wrong backend, an allowance in force. */
export interface Note {
  readonly control?: string
  readonly text: string
}

export interface Report {
  readonly at: Date
  /** The root folder of an image, where it is none of this machine. */
  readonly image?: string
  readonly facts: Facts
  readonly policy: Policy
  readonly outcomes: readonly Outcome[]
  readonly claims: readonly ClaimEntry[]
  readonly skipped: readonly SkippedControl[]
  readonly notes: readonly Note[]
  readonly verdict: Verdict
}
