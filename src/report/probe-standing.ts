import type { Probe } from '../model/prove.js'

export const probeStandings = ['proven', 'contradicted', 'broken', 'unknown'] as const
export type ProbeStanding = (typeof probeStandings)[number]

/** What the rules say and what the packet met, as one word. */
export function probeStanding({ model, packet }: Probe): ProbeStanding {
  if (model.holds !== null && packet.holds !== null && model.holds !== packet.holds) return 'contradicted'
  if (model.holds === false || packet.holds === false) return 'broken'
  return model.holds === null || packet.holds === null ? 'unknown' : 'proven'
}
