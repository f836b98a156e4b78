import type { Action } from './action.js'
import { flowKey, type Flow } from './flow.js'
import { allHold, type Answer } from './match.js'
import type { Surroundings } from './packet.js'
import type { BaseChain, Rule } from './ruleset.js'
import { withOtherDestination, withOtherSource } from './translate.js'
import { anything, mergeEnds, mergeWays, together, type Ended, type Result, type Way } from './ways.js'

/** What one walk may still spend, so that no ruleset can make it hang. */
export interface Budget {
  rules: number
}

const mostWays = 256
const deepest = 64

/** Every way through a base chain: accepted or dropped. Where a rule cannot be told to match, both ways are followed. */
export function runChain(
  base: BaseChain,
  way: Way,
  surroundings: Surroundings,
  budget: Budget,
): readonly Ended[] {
  const place: Place = { base, name: base.name, depth: 0, surroundings, budget, known: new Map() }
  const { ended, live } = runRules(base.rules, place, way)
  const text = `policy ${base.policy.toUpperCase()} of ${base.table} ${base.name}`
  const left = ({ flow, doubts }: Way): Ended =>
    base.policy === 'drop' ? { flow, doubts, verdict: 'drop', by: text } : { flow, doubts, verdict: 'accept' }
  if (ended.length === 0) return mergeEnds(live.map(left))
  const returned = ended.filter(end => end.verdict === 'return')
  return mergeEnds([...ended.filter(end => end.verdict !== 'return'), ...[...live, ...returned].map(left)])
}

interface Place {
  readonly base: BaseChain
  /** The chain that is run; of the base chain's table. */
  readonly name: string
  readonly depth: number
  readonly surroundings: Surroundings
  readonly budget: Budget
  /** What a chain made of such a packet before: each is walked once, however many jumps lead there. */
  readonly known: Map<string, Result>
}

function runRules(rules: readonly Rule[], place: Place, start: Way): Result {
  const ended: Ended[] = []
  let live: readonly Way[] = [start]
  for (const rule of rules) {
    if (live.length === 0) break
    if (--place.budget.rules < 0 || ended.length + live.length > mostWays) return lost(live, ended)
    if (live.every(way => isPassed(allHold(rule.conditions, way.flow, place.surroundings), rule))) continue
    const next: Way[] = []
    for (const way of live) {
      const held = allHold(rule.conditions, way.flow, place.surroundings)
      if (isPassed(held, rule)) {
        next.push(way)
        continue
      }
      const unsure = held === null ? doubt(way, rule, place) : way
      const result = act(rule.action, rule, place, unsure)
      ended.push(...result.ended)
      next.push(...result.live, ...(held === null ? [unsure] : []))
    }
    live = mergeWays(next)
  }
  return { ended: mergeEnds(ended), live }
}

/** Nearly all packets are, by nearly all rules. */
const isPassed = (held: Answer, { action }: Rule): boolean =>
  held === false || (held === null && action.kind === 'continue')

function doubt(way: Way, rule: Rule, place: Place): Way {
  const why = `cannot tell what "${rule.text}" in ${place.base.table} ${place.name} does`
  return way.doubts.includes(why) ? way : { ...way, doubts: [...way.doubts, why] }
}

const byOf = (rule: Rule, place: Place): string => `${place.base.table} ${place.name}: ${rule.text}`
const ends = (...ended: readonly Ended[]): Result => ({ ended, live: [] })
const goesOn = (...live: readonly Way[]): Result => ({ ended: [], live })

function act(action: Action, rule: Rule, place: Place, way: Way): Result {
  const { flow } = way
  switch (action.kind) {
    case 'accept':
    case 'return':
      return ends({ ...way, verdict: action.kind })
    case 'drop':
    case 'reject':
      return ends({ ...way, verdict: 'drop', by: byOf(rule, place) })
    case 'continue':
      return goesOn(way)
    case 'mark': {
      const { value, mask = 0xffffffff } = action
      const known = value !== null && (flow.mark !== undefined || mask === 0xffffffff)
      const mark = known ? (((flow.mark ?? 0) & ~mask) ^ value) >>> 0 : undefined
      return goesOn({ ...way, flow: { ...flow, mark } })
    }
    case 'notrack':
      // The kernel ignores it once the packet has a connection.
      return goesOn(flow.connection === 'none' ? { ...way, flow: { ...flow, connection: 'untracked' } } : way)
    case 'snat':
      return ends({ ...way, flow: withOtherSource(flow), verdict: 'accept' })
    case 'dnat':
      return ends({
        ...way,
        flow: withOtherDestination(flow, action, byOf(rule, place), place.surroundings),
        verdict: 'accept',
      })
    case 'jump':
    case 'goto':
      return enter(action.kind, action.chain, rule, place, way)
    case 'sequence':
      return action.steps.reduce<Result>(
        (result, step) => then(result, next => act(step, rule, place, next)),
        goesOn(way),
      )
    case 'choose':
      return choose(action.from, rule, place, way)
    case 'unknown':
      return anything(doubt(way, rule, place), action.text)
  }
}

function then(result: Result, step: (way: Way) => Result): Result {
  const results = result.live.map(step)
  return {
    ended: [...result.ended, ...results.flatMap(({ ended }) => ended)],
    live: results.flatMap(({ live }) => live),
  }
}

function choose(
  from: Extract<Action, { kind: 'choose' }>['from'],
  rule: Rule,
  place: Place,
  way: Way,
): Result {
  const ended: Ended[] = []
  const live: Way[] = []
  let rest = way
  for (const { conditions, action } of from) {
    const held = allHold(conditions, rest.flow, place.surroundings)
    if (held === false) continue
    if (held === null) rest = doubt(rest, rule, place)
    const result = act(action, rule, place, rest)
    ended.push(...result.ended)
    live.push(...result.live)
    if (held) return { ended, live }
  }
  return { ended, live: [...live, rest] }
}

function visit(name: string, rule: Rule, place: Place, flow: Flow): Result {
  const key = `${name} ${flowKey(flow)}`
  const before = place.known.get(key)
  if (before !== undefined) return before
  const rules = place.base.chains.get(name)
  const way: Way = { flow, doubts: [] }
  const result =
    rules === undefined || place.depth >= deepest
      ? anything(doubt(way, rule, place), rule.text)
      : runRules(rules, { ...place, name, depth: place.depth + 1 }, way)
  place.known.set(key, result)
  return result
}

function behind(doubts: readonly string[], { ended, live }: Result): Result {
  if (doubts.length === 0) return { ended, live }
  return {
    ended: ended.map(end => ({ ...end, doubts: together(doubts, end.doubts) })),
    live: live.map(way => ({ ...way, doubts: together(doubts, way.doubts) })),
  }
}

function enter(kind: 'jump' | 'goto', name: string, rule: Rule, place: Place, way: Way): Result {
  const { ended, live } = behind(way.doubts, visit(name, rule, place, way.flow))
  const back = [...live, ...ended.filter(end => end.verdict === 'return')].map(({ flow, doubts }): Way => ({
    flow,
    doubts,
  }))
  const final = ended.filter(end => end.verdict !== 'return')
  // Whoever went there by goto comes back to where the chain that it left was jumped to from.
  if (kind === 'goto') return ends(...final, ...back.map((left): Ended => ({ ...left, verdict: 'return' })))
  return { ended: final, live: mergeWays(back) }
}

function lost(live: readonly Way[], ended: readonly Ended[]): Result {
  const [first] = live
  if (first === undefined) return { ended, live }
  const way = {
    ...first,
    doubts: [...first.doubts, 'there are too many rules and ways through them to follow all'],
  }
  return { ended: mergeEnds([...ended, ...anything(way, 'a rule that was not reached').ended]), live: [] }
}
