import type { Host } from '../host/host.js'
import type { Look } from '../look/look.js'
import type { Kind, Resource, ResourceId, ResourceOf, State } from '../model/resource.js'

export interface Write<R extends Resource> {
  readonly resource: R
  /** What must stand afterwards; null removes what is ours. */
  readonly state: State
}

/** A kind of thing that can be read and written: the smallest interface that gives plan, apply, drift and verify. */
export interface ResourceKind<R extends Resource> {
  id(resource: R): ResourceId
  /** Reads only. Rejects when it could not tell; never answers null for that. `wanted` lets a kind tell its own spelling of the same state. */
  read(resource: R, look: Look, wanted: State): Promise<State>
  /** Afterwards read() gives `state` for each. Safe to repeat. Called with one write, or with all writes of a plan that share a batch. */
  write(writes: readonly Write<R>[], host: Host): Promise<void>
  /** Writes with the same batch are one transaction. */
  batch?(resource: R): string
}

/** A kind without an entry does not compile. */
export type ResourceKinds = { readonly [K in Kind]: ResourceKind<ResourceOf<K>> }
