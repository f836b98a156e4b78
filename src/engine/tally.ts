import type { Report } from '../model/report.js'
import type { ResourceId } from '../model/resource.js'
import { repairBuckets, type Tally } from '../model/status.js'
import type { Drift, DriftAction } from '../model/watch.js'
import type { EndedLook } from './watch.js'

export const noLookYet: Tally = {
  looks: 0,
  failedLooks: 0,
  lookMs: 0,
  lookedAt: null,
  protectedSince: null,
  lastSuccess: null,
  drifts: { repaired: 0, reported: 0, held: 0, failed: 0 },
  repairs: { count: 0, seconds: 0, buckets: repairBuckets.map(() => 0) },
  opponents: new Map(),
}

/** What a look adds to the figures since the daemon began. `news`: its drifts that were not told before. Pure. */
export function count(tally: Tally, look: EndedLook, news: readonly Drift[]): Tally {
  const { report, at } = look
  const of = (action: DriftAction) => news.filter(drift => drift.action === action).length
  const holds = report !== null && isProtected(report)
  return {
    looks: tally.looks + 1,
    failedLooks: tally.failedLooks + Number(report === null),
    lookMs: look.costMs,
    lookedAt: at,
    protectedSince: holds ? (look.drifts.some(opens) ? at : (tally.protectedSince ?? at)) : null,
    lastSuccess: holds ? at : tally.lastSuccess,
    drifts: {
      repaired: tally.drifts.repaired + of('repaired'),
      reported: tally.drifts.reported + of('reported'),
      held: tally.drifts.held + of('held'),
      failed: tally.drifts.failed + of('failed'),
    },
    repairs: news.filter(({ action }) => action === 'repaired').reduce(addRepair, tally.repairs),
    opponents: opponentsOf(tally.opponents, look),
  }
}

/** Every promise that counts was told and holds. */
const isProtected = ({ claims }: Report): boolean => {
  const counted = claims.filter(({ reportOnly }) => reportOnly !== true)
  return counted.length > 0 && counted.every(({ proof }) => proof.holds === true)
}

/** Rules beside the fence may go, and it still keeps tasks out; without the fence it was another time. */
const opens = ({ id }: Drift): boolean => id.startsWith('nft inet taskfence')

function addRepair(repairs: Tally['repairs'], { stoodMs }: Drift): Tally['repairs'] {
  const seconds = stoodMs / 1000
  return {
    count: repairs.count + 1,
    seconds: repairs.seconds + seconds,
    buckets: repairs.buckets.map((number, index) => number + Number(seconds <= (repairBuckets[index] ?? 0))),
  }
}

/** Who was seen last at each entry that is held. */
function opponentsOf(before: Tally['opponents'], { holds, contested }: EndedLook): Tally['opponents'] {
  const seen = new Map<ResourceId, Drift['reason']['culprit'] | null>([
    ...before,
    ...contested.map(({ id, reason }) => [id, reason.culprit ?? null] as const),
  ])
  return new Map([...holds.keys()].map(id => [id, seen.get(id) ?? null]))
}
