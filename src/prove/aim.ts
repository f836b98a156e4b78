import type { PacketClaim } from '../model/claim.js'
import type { Tracked } from './bracket-text.js'
import type { Place } from './place.js'
import type { Places } from './places.js'
import type { Question } from './questions.js'

/** A question with the place, the address and the port that its packet will be sent from. */
export interface Aimed extends Question {
  readonly shot: Shot | { readonly impossible: string }
}

export interface Shot {
  readonly place: Place
  readonly tracked: Tracked
  readonly genuine: boolean
}

/** The claims speak of the very packets that will be sent: their senders become the probes' addresses. */
export async function aim(questions: readonly Question[], places: Places): Promise<readonly Aimed[]> {
  const ports = new Map(
    await Promise.all(
      places.open.map(async place => {
        const count = questions.filter(({ claim }) => places.at(claim.origin) === place).length
        const free = [...(await place.prober.reserve(count))]
        return [place, () => free.pop()] as const
      }),
    ),
  )
  return questions.map(question => {
    const { claim } = question
    const place = places.at(claim.origin)
    if (!('prober' in place)) return { ...question, shot: { impossible: place.because } }
    const source = place.source(claim.family)
    const sourcePort = ports.get(place)?.()
    if (source === undefined)
      return { ...question, shot: { impossible: 'no address was free for the sender' } }
    if (sourcePort === undefined)
      return { ...question, shot: { impossible: 'no port was free for the sender' } }
    return {
      ...question,
      claim: source === null ? claim : { ...claim, from: source.address },
      shot: {
        place,
        tracked: trackedOf(claim, source?.address ?? null, sourcePort),
        genuine: source?.genuine ?? true,
      },
    }
  })
}

const trackedOf = (claim: PacketClaim, source: string | null, sourcePort: number): Tracked => ({
  family: claim.family,
  source,
  sourcePort,
  to: claim.to,
  port: claim.port,
  arrivesAt: claim.arrivesAt,
})
