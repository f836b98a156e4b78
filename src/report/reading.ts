import type { ControlId } from '../model/policy.js'
import type { Paint } from './paint.js'

/** What a text needs to know of its reader. */
export interface Reading {
  /** In the order they are shown. The title is true once a control is applied. */
  readonly controls: readonly { readonly id: ControlId; readonly title: string }[]
  readonly paint: Paint
  /** Columns. */
  readonly width: number
  /** Controls that were asked alone; empty: all were. */
  readonly only: readonly ControlId[]
  /** Options to repeat in a suggested command: "", " --policy p.json". */
  readonly again: string
}
