import type { Host } from '../host/host.js'
import { createLook } from '../look/create-look.js'
import type { Memory } from '../look/memory.js'
import { onceHost } from '../look/once-host.js'
import type { DesiredEntry } from '../model/desired.js'
import type { Facts } from '../model/facts.js'
import type { Outcome, Report } from '../model/report.js'
import type { Kind, ResourceId, State } from '../model/resource.js'
import type { Reason } from '../model/watch.js'
import { apply } from './apply.js'
import { isAbout } from './drifts.js'
import { diff, observe } from './observe.js'

/** What an event tells of, as the look before wanted it and found it. */
export interface First {
  readonly facts: Facts
  readonly entries: readonly DesiredEntry[]
}

/** What stood in the place of an entry that was put back, and when that was. */
export type PutBack = ReadonlyMap<ResourceId, { readonly from: State; readonly at: Date }>

/** Entries that the reasons speak of; null: there are none that stood at the look before. Pure. */
export function firstOf(
  { facts, outcomes }: Report,
  reasons: readonly Reason[],
  held: ReadonlySet<ResourceId>,
): First | null {
  const entries = outcomes.flatMap(({ status, entry }) =>
    (status === 'in-sync' || status === 'changed') &&
    entry.reportOnly !== true &&
    !held.has(entry.id) &&
    kinds.has(entry.resource.kind) &&
    reasons.some(reason => isAbout(entry.resource, reason))
      ? [entry]
      : [],
  )
  return entries.length === 0 ? null : { facts, entries }
}

/** Soon read and written, and never without our name or our record of what stood before. */
const kinds: ReadonlySet<Kind> = new Set<Kind>(['sysctl', 'iptables-rule', 'fence-chain', 'fence-rule'])

/**
 * Puts back what of them drifted, once `locked` resolves. The whole look follows in any case, under the same lock: what
 * could not be read or written here is left to it.
 */
export async function putFirst(
  { facts, entries }: First,
  locked: Promise<unknown>,
  host: Host,
  memory: Memory | undefined,
): Promise<PutBack> {
  const look = createLook(onceHost(host), facts, memory)
  const [observations] = await Promise.all([observe({ entries, skipped: [] }, look), locked])
  const plan = diff(observations)
  if (plan.changes.length === 0) return new Map()
  const failures = await apply(plan, host)
  const at = host.now()
  return new Map(
    plan.changes.flatMap(({ entry, from }) => (failures.has(entry.id) ? [] : [[entry.id, { from, at }]])),
  )
}

/** What the look that followed found in place was put there just before. */
export const asPutBack = (outcomes: readonly Outcome[], put: PutBack): readonly Outcome[] =>
  outcomes.map(outcome => {
    const done = put.get(outcome.entry.id)
    if (done === undefined || outcome.status !== 'in-sync') return outcome
    return { status: 'changed', entry: outcome.entry, ...done }
  })
