import type { ControlId } from './policy.js'
import type { ResourceId, State } from './resource.js'

/** A process that changed something, as far as /proc could still tell. */
export interface Culprit {
  readonly pid: number
  /** Its command line, or the short name that netfilter gave. */
  readonly command: string
  /** Its systemd unit or container scope, "docker.service"; null: in none, or gone. */
  readonly unit: string | null
}

/** Why to look now; never what to do. */
export interface Reason {
  /** The trigger's name: "nft-monitor", "schedule". */
  readonly trigger: string
  /** "delete rule ip filter DOCKER-USER", "/etc/ecs changed" */
  readonly what: string
  readonly at: Date
  readonly culprit?: Culprit
}

/** repaired: written and read back. reported: the policy only reports. held: contested, left for now. failed: not written. */
export type DriftAction = 'repaired' | 'reported' | 'held' | 'failed'

/** One entry that was not as desired, and what became of it. */
export interface Drift {
  readonly id: ResourceId
  readonly controls: readonly ControlId[]
  readonly from: State
  readonly to: State
  /** When the first reason for the look came. */
  readonly seen: Date
  /** From then until it was written and read back; until now where it still stands. */
  readonly stoodMs: number
  readonly action: DriftAction
  /** Why it failed. */
  readonly because?: string
  /** It failed as somebody changed it again before it was read back. */
  readonly isUndone?: boolean
  /** What led to the look, the reason about this entry first. */
  readonly reason: Reason
  /** The unit whose own restart did it (Docker, the agent, firewalld): expected, and no contest. null: none known. */
  readonly during: string | null
}
