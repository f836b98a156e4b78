import type { Host } from '../host/host.js'
import type { DesiredEntry } from '../model/desired.js'
import { isResourceError, VerifyError, type ResourceError } from '../model/errors.js'
import type { Change, Observation, Plan } from '../model/plan.js'
import type { Outcome } from '../model/report.js'
import type { ResourceId, State } from '../model/resource.js'
import { kindOf } from '../resources/index.js'

/** Unit → "restart needed: …". */
export type Restarts = ReadonlyMap<string, string>
const none: Restarts = new Map()

export type Failures = ReadonlyMap<ResourceId, ResourceError>

/** Carries the changes out, batch by batch in the plan's order. An error stops its batch and never the others. */
export async function apply(plan: Plan, host: Host): Promise<Failures> {
  const failures = new Map<ResourceId, ResourceError>()
  for (const batch of batches(plan.changes.filter(change => change.entry.reportOnly !== true))) {
    const [first] = batch
    if (first === undefined) continue
    try {
      const writes = batch.map(({ entry }) => ({ resource: entry.resource, state: entry.state }))
      await kindOf(first.entry.resource).write(writes, host)
    } catch (error) {
      if (!isResourceError(error)) throw error
      for (const { entry } of batch) failures.set(entry.id, error)
    }
  }
  return failures
}

/** Changes that share a batch come together where the first of them stood. */
function batches(changes: readonly Change[]): readonly (readonly Change[])[] {
  const found = new Map<string, Change[]>()
  for (const change of changes) {
    const key = kindOf(change.entry.resource).batch?.(change.entry.resource) ?? change.entry.id
    found.set(key, [...(found.get(key) ?? []), change])
  }
  return [...found.values()]
}

/** What a check says of a plan. `restarts`: in words, what the services that have to restart wait for. */
export const outcomesOfCheck = (plan: Plan, restarts: Restarts = none): readonly Outcome[] => [
  ...plan.changes.map(({ entry, from }): Outcome => ({ status: 'drifted', entry, from })),
  ...plan.inSync.map(entry => standing(entry, entry.state, restarts)),
  ...plan.unreadable.map(({ entry, error }): Outcome => ({ status: 'unknown', entry, error })),
]

/** What became of a plan: everything written is read back. */
export function outcomesOfApply(
  plan: Plan,
  failures: Failures,
  after: readonly Observation[],
  restarts: Restarts = none,
): readonly Outcome[] {
  const before = new Map(plan.changes.map(({ entry, from }) => [entry.id, from]))
  return after.map((seen): Outcome => {
    const { entry } = seen
    const failure = failures.get(entry.id)
    const from = before.get(entry.id) ?? null
    if (failure !== undefined) return { status: 'failed', entry, from, error: failure }
    if ('error' in seen) return { status: 'unknown', entry, error: seen.error }
    const changed = before.has(entry.id)
    if (seen.observed === entry.state) return standing(entry, changed ? from : entry.state, restarts)
    if (entry.reportOnly === true || !changed) return { status: 'drifted', entry, from: seen.observed }
    return { status: 'failed', entry, from, error: new VerifyError(entry.id, entry.state, seen.observed) }
  })
}

/** What is in place, and may have been written for it. */
function standing(entry: DesiredEntry, from: State, restarts: Restarts): Outcome {
  const because = entry.waits === true ? restarts.get(entry.restart ?? '') : undefined
  if (because !== undefined) return { status: 'pending', entry, from, because }
  return from === entry.state ? { status: 'in-sync', entry } : { status: 'changed', entry, from }
}
