import type { EndedLook } from '../../engine/watch.js'
import type { Drift } from '../../model/watch.js'

/** Picks the drifts of a look that were not told before: what is only reported, held or fails stands in each look. */
export function createNews(): (look: EndedLook) => readonly Drift[] {
  let told: ReadonlyMap<string, string> = new Map()
  return ({ report, drifts }) => {
    const standing = drifts.filter(({ action }) => action !== 'repaired')
    const words = new Map(standing.map(drift => [drift.id, `${drift.action} ${String(drift.from)}`]))
    const news = drifts.filter(drift => {
      const now = words.get(drift.id)
      return now === undefined || told.get(drift.id) !== now
    })
    // A look that could not be tells nothing of what stood.
    if (report !== null) told = words
    return news
  }
}
