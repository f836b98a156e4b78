import type { Host } from '../host/host.js'
import type { Command } from '../model/command.js'
import { TaskfenceError } from '../model/errors.js'
import type { Origin } from '../model/claim.js'
import type { Facts } from '../model/facts.js'
import type { Policy } from '../model/policy.js'
import { NobodyThereError } from './bridge-port.js'
import { openBesideTasks } from './cgroup-place.js'
import { openHost, openOnBridge, type Place } from './place.js'
import type { Question } from './questions.js'

/** Why there is no place to send from. */
export interface Missing {
  readonly because: string
  /** No container is there: nothing is left untold. */
  readonly nobodyThere: boolean
}

export interface Places {
  /** The place packets of this origin are sent from. */
  at(origin: Origin): Place | Missing
  readonly open: readonly Place[]
  /** Safe to repeat. What others lost, in words. */
  close(): Promise<readonly string[]>
}

interface Around {
  readonly prober: Command
  readonly facts: Facts
  readonly policy: Policy
}

/** One place for each origin that is asked about, all at once. A place that cannot be had takes no other along. */
export async function openPlaces(
  questions: readonly Question[],
  around: Around,
  host: Host,
): Promise<Places> {
  const origins = new Map(questions.map(({ claim }) => [keyOf(claim.origin), claim.origin]))
  const opened = await Promise.allSettled(
    [...origins.values()].map((origin, index) => openPlace(origin, index, questions, around, host)),
  )
  const places = new Map<string, Place | Missing>()
  const defects: unknown[] = []
  for (const [index, key] of [...origins.keys()].entries()) {
    const result = opened[index]
    if (result?.status === 'fulfilled') places.set(key, result.value)
    else if (result?.reason instanceof TaskfenceError) places.set(key, missing(result.reason))
    else defects.push(result?.reason)
  }
  const open = [...places.values()].filter(place => 'prober' in place)
  let closed: Promise<readonly string[]> | undefined
  const close = () => (closed ??= Promise.all(open.map(place => place.close())).then(lost => lost.flat()))
  if (defects.length > 0) {
    await close()
    throw defects[0]
  }
  return { at: origin => places.get(keyOf(origin)) ?? nowhere, open, close }
}

const nowhere: Missing = { because: 'there is no such place', nobodyThere: false }

const missing = (error: TaskfenceError): Missing => ({
  because: error.message,
  nobodyThere: error instanceof NobodyThereError,
})

const keyOf = (origin: Origin): string =>
  origin.kind === 'container' ? `bridge ${origin.bridge}` : origin.kind

function openPlace(
  origin: Origin,
  index: number,
  questions: readonly Question[],
  { prober, facts, policy }: Around,
  host: Host,
): Promise<Place> {
  if (origin.kind === 'host-task') return openBesideTasks(facts, prober, host)
  if (origin.kind !== 'container') return openHost(prober, host)
  const asked = questions.filter(({ claim }) => keyOf(claim.origin) === keyOf(origin))
  const families = [...new Set(asked.map(({ claim }) => claim.family))]
  const bridge = facts.network?.interfaces.find(link => link.name === origin.bridge)
  if (bridge === undefined)
    return Promise.reject(new TaskfenceError('E_UNSUPPORTED', `there is no bridge ${origin.bridge}`))
  return openOnBridge({ bridge, index, families, prober, facts, policy }, host)
}
