import type { OsFacts } from '../model/facts.js'

/** Everything that differs between operating systems, as values and pure functions. */
export interface Platform {
  readonly id: string
  /** "Amazon Linux 2023" */
  readonly title: string
  /** Where the facts below come from. */
  readonly source: string
  /** IDs of os-release whose ways are known, its own first. */
  readonly names: readonly string[]
  matches(os: OsFacts): boolean
}
