import type { Look } from '../look/look.js'
import type { DesiredState } from '../model/desired.js'
import { isResourceError } from '../model/errors.js'
import type { Observation, Plan } from '../model/plan.js'
import { kindOf } from '../resources/index.js'

/** What stands of each entry. Reads only. */
export async function observe(desired: DesiredState, look: Look): Promise<readonly Observation[]> {
  return Promise.all(
    desired.entries.map(async (entry): Promise<Observation> => {
      try {
        return { entry, observed: await kindOf(entry.resource).read(entry.resource, look, entry.state) }
      } catch (error) {
        if (!isResourceError(error)) throw error
        return { entry, error }
      }
    }),
  )
}

/** Pure. */
export function diff(observations: readonly Observation[]): Plan {
  const told = observations.flatMap(seen => ('error' in seen ? [] : [seen]))
  return {
    changes: told
      .filter(({ entry, observed }) => observed !== entry.state)
      .map(({ entry, observed }) => ({ entry, from: observed })),
    inSync: told.filter(({ entry, observed }) => observed === entry.state).map(({ entry }) => entry),
    unreadable: observations.flatMap(seen => ('error' in seen ? [seen] : [])),
  }
}
