import type { Culprit } from '../model/watch.js'

/** Says that now is a time to look; `what` happened, and who did it where that is known. */
export type Fire = (what: string, culprit?: Culprit) => void

/** A reason to look. It never says what to do. */
export interface Trigger {
  /** "nft-monitor" */
  readonly name: string
  start(fire: Fire): Started
}

export interface Started {
  /** Why it does not work now; null: it does. */
  ailing(): string | null
  /** Told before each look. */
  begins?(): void
  /** Told after a look that wrote. */
  wrote?(): void
  stop(): Promise<void>
}
