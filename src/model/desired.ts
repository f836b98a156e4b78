import type { ControlId } from './policy.js'
import type { Resource, ResourceId, State } from './resource.js'

/** What one control wants written. */
export interface Desired {
  readonly resource: Resource
  readonly state: State
  /** What the next boot is to find, where it is another: what is allowed to a task that runs now ends with it. */
  readonly atBoot?: State
  /** Report a difference, write nothing: the control's mode is "observe" and this would cut or open something. */
  readonly reportOnly?: boolean
  /** The unit whose running service has to restart before what is written counts. */
  readonly restart?: string
  /** That service runs, and was started without it. */
  readonly waits?: boolean
}

/** Desired, merged by id; two controls that disagree about one id are a PolicyError. */
export interface DesiredEntry extends Desired {
  readonly id: ResourceId
  readonly controls: readonly ControlId[]
}

export interface SkippedControl {
  readonly control: ControlId
  readonly reason: string
}

export interface DesiredState {
  readonly entries: readonly DesiredEntry[]
  readonly skipped: readonly SkippedControl[]
}
