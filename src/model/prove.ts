import type { PacketClaim, Proof } from './claim.js'
import type { SkippedControl } from './desired.js'
import type { Facts } from './facts.js'
import type { ControlId, Policy } from './policy.js'
import type { Note } from './report.js'

export interface ProveInput {
  readonly policy: Policy
  readonly only?: readonly ControlId[]
}

/** One claim asked twice: of the rules as they stand, and with a real packet. */
export interface Probe {
  readonly control: ControlId
  readonly claim: PacketClaim
  readonly model: Proof
  readonly packet: Proof
  /** The control only observes: the answer is told and counts for nothing. */
  readonly reportOnly?: boolean
}

export interface ProveReport {
  readonly at: Date
  readonly facts: Facts
  readonly policy: Policy
  readonly probes: readonly Probe[]
  readonly skipped: readonly SkippedControl[]
  readonly notes: readonly Note[]
}
