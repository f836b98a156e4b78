import type { DesiredEntry } from './desired.js'
import type { ResourceError } from './errors.js'
import type { State } from './resource.js'

export type Observation =
  | { readonly entry: DesiredEntry; readonly observed: State }
  | { readonly entry: DesiredEntry; readonly error: ResourceError }

export interface Change {
  readonly entry: DesiredEntry
  readonly from: State
}

export interface Plan {
  readonly changes: readonly Change[]
  readonly inSync: readonly DesiredEntry[]
  readonly unreadable: readonly { readonly entry: DesiredEntry; readonly error: ResourceError }[]
}
