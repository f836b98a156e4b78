import { prove } from '../claims/index.js'
import type { Host } from '../host/host.js'
import type { Look } from '../look/look.js'
import type { Proof } from '../model/claim.js'
import { TaskfenceError } from '../model/errors.js'
import type { Probe } from '../model/prove.js'
import type { Aimed, Shot } from './aim.js'
import { openBracket, removeStale, type Bracket } from './bracket.js'
import { statements } from './bracket-text.js'
import type { CallResult } from './prober-protocol.js'
import { judge } from './judge.js'
import { fenceRules, tally } from './ours.js'
import { pointsOf, type Point } from './points.js'
import { witnesses, type Fired } from './witness.js'

export interface Answers {
  readonly probes: readonly Probe[]
  readonly notes: readonly string[]
}

/** Sends all packets at once, between two readings of the counters. */
export async function answersTo(aimed: readonly Aimed[], look: Look, host: Host): Promise<Answers> {
  const model = Promise.all(aimed.map(({ claim }) => told(() => prove(claim, look))))
  const shots = aimed.flatMap(({ claim, shot }) => ('impossible' in shot ? [] : [{ claim, ...shot }]))
  const ruleset = await look.ruleset()
  const points = pointsOf(ruleset)
  const { bracket, notes } = await bracketFor(shots, points, look, host)
  let fired: Fired
  try {
    const before = await tally(look.facts, host)
    const results = await fire(shots)
    const counts = (await bracket?.counts()) ?? null
    fired = {
      shots,
      results,
      points,
      counts,
      before,
      after: await tally(look.facts, host),
      rules: await fenceRules(look),
    }
  } finally {
    await bracket?.close()
  }
  const seen = await witnesses(fired, look)
  await Promise.all([...new Set(shots.map(({ place }) => place))].map(place => place.prober.close()))
  const rules = await model
  let next = 0
  const probes = aimed.map(({ control, claim, reportOnly, shot }, index): Probe => {
    const witness = 'impossible' in shot ? undefined : seen[next++]
    const packet: Proof =
      witness === undefined
        ? { holds: null, because: 'impossible' in shot ? shot.impossible : 'no packet was sent' }
        : judge(claim, witness)
    return {
      control,
      claim,
      reportOnly,
      packet,
      model: rules[index] ?? { holds: null, because: 'not asked' },
    }
  })
  return { probes, notes }
}

async function bracketFor(
  shots: readonly Shot[],
  points: readonly Point[],
  look: Look,
  host: Host,
): Promise<{ readonly bracket: Bracket | undefined; readonly notes: readonly string[] }> {
  const owner = shots[0]?.place.prober.pid
  if (owner === undefined || look.facts.nft?.usable !== true) return { bracket: undefined, notes: [] }
  const { chains } = await look.ruleset()
  // A rule that asks conntrack would turn it on where nothing uses it yet.
  const conntrack = chains.some(chain => chain.type === 'nat')
  const tracked = shots.map(shot => shot.tracked)
  try {
    await removeStale({ chains, unread: [] }, host)
    return {
      bracket: await openBracket(owner, table => statements(table, points, tracked, conntrack), host),
      notes: [],
    }
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    return { bracket: undefined, notes: [`packets could not be counted: ${error.message}`] }
  }
}

/** Less than a second, after which a first packet would be sent again. */
const patienceMs = 700

async function fire(shots: readonly Shot[]): Promise<readonly CallResult[]> {
  const results = new Map<Shot, CallResult>()
  await Promise.all(
    [...new Set(shots.map(({ place }) => place))].map(async place => {
      const own = shots.filter(shot => shot.place === place)
      const answers = await place.prober.connect(
        own.map(({ tracked }) => ({
          address: tracked.to,
          port: tracked.port,
          localPort: tracked.sourcePort,
          timeoutMs: patienceMs,
        })),
      )
      for (const [index, shot] of own.entries()) {
        const answer = answers[index]
        if (answer !== undefined) results.set(shot, answer)
      }
    }),
  )
  return shots.map(shot => results.get(shot) ?? { outcome: 'failed', code: 'no answer' })
}

async function told(ask: () => Promise<Proof>): Promise<Proof> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    return { holds: null, because: error.message }
  }
}
