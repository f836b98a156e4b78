import type { Claim } from '../model/claim.js'
import type { Desired } from '../model/desired.js'
import type { Facts, OsFamily } from '../model/facts.js'
import type { ControlId, Mode, Policy } from '../model/policy.js'
import type { Platform } from '../platforms/platform.js'

export interface Context {
  readonly facts: Facts
  readonly policy: Policy
  readonly platform: Platform
  /** The mode of the control that is asked; never "off". */
  readonly mode: Mode
}

/** One intention: why, what to write, what must hold. Pure. */
export interface Control {
  readonly id: ControlId
  /** Whose hosts it is for; Linux when left out. */
  readonly os?: OsFamily
  /** Present tense, true once applied: "Tasks on any bridge cannot reach the instance metadata service". */
  readonly title: string
  readonly why: string
  /** The documents that ask for it. */
  readonly source: string
  /** The commands that would do it by hand, one a line. */
  readonly byHand: readonly string[]
  /** What it leaves open or cuts. */
  readonly limits: readonly string[]
  /** The reason it does not apply here. */
  skip?(context: Context): string | undefined
  desire(context: Context): readonly Desired[]
  claims(context: Context): readonly Claim[]
  /** What every report should say while this control stands (an allowance, an exception). */
  notes?(context: Context): readonly string[]
  /** Names of what runs now and loses access the moment it is enforced. */
  cuts?(context: Context): readonly string[]
}
