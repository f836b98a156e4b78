import type { ControlId } from './policy.js'
import type { ResourceId, State } from './resource.js'
import type { Culprit, DriftAction } from './watch.js'

/** One entry that was not as desired, as the audit log keeps it. Times as ISO 8601, in UTC. */
export interface AuditEvent {
  /** When it was written down. */
  readonly at: string
  /** The daemon, or a one-shot run. */
  readonly by: 'watch' | 'apply'
  readonly entry: ResourceId
  readonly controls: readonly ControlId[]
  readonly from: State
  readonly to: State
  readonly seen: string
  readonly stoodMs: number
  readonly action: DriftAction
  /** Why it failed. */
  readonly because?: string
  /** What led to the look: the trigger's name, and its words. */
  readonly trigger: string
  readonly what: string
  /** null: nobody told. */
  readonly who: Culprit | null
  /** The unit in whose restart it happened; null: in none that is known. */
  readonly during: string | null
  /** It was put back too often, and is left alone from now on for a while. */
  readonly contested: boolean
}

/** A line of the audit log: an event with its place in the chain. */
export interface AuditRecord extends AuditEvent {
  readonly schemaVersion: 1
  /** 1, 2, …; goes on over files. */
  readonly number: number
  /** SHA-256 of the line before, in hex; of the first one 64 zeros. */
  readonly previous: string
}

/** What a walk along the chain found. */
export interface AuditProof {
  /** Oldest first; lines that are none are told in `torn`. */
  readonly records: readonly AuditRecord[]
  readonly files: readonly string[]
  /** Places where a line does not belong to the one before it. */
  readonly breaks: readonly AuditPlace[]
  /** Lines that are no records, and stand in the chain: what a power cut leaves. */
  readonly torn: readonly AuditPlace[]
}

export interface AuditPlace {
  readonly file: string
  /** From 1; 0: of the file as a whole. */
  readonly line: number
  readonly why: string
}
