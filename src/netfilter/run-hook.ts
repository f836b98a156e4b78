import type { IpFamily } from '../model/facts.js'
import { flowKey, type Flow } from './flow.js'
import type { Surroundings } from './packet.js'
import { runChain, type Budget } from './run-chain.js'
import { mergeEnds, type Ended, type Way } from './ways.js'
import type { BaseChain, Hook, Ruleset } from './ruleset.js'

/** Linux's own hooks beside the chains: connection tracking, and the one place where all nat chains are asked. */
const conntrack = -200
const natPriority: Readonly<Partial<Record<Hook, number>>> = {
  prerouting: -100,
  output: -100,
  input: 100,
  postrouting: 100,
}

/** Something that a packet meets at a hook: each way in becomes accepted or dropped ways. */
interface Station {
  readonly name: string
  readonly priority: number
  pass(way: Way, trip: Trip): readonly Ended[]
}

interface Trip {
  readonly surroundings: Surroundings
  readonly budget: Budget
}

/** In their order; what has the same priority stands together. */
type Groups = readonly (readonly Station[])[]

/** Every way through all chains of a hook, in the order of their priorities. An accept ends only its own chain. */
export const runHook = (
  hook: Hook,
  start: Way,
  ruleset: Ruleset,
  surroundings: Surroundings,
  budget: Budget,
): readonly Ended[] => passAll(groupsAt(hook, start.flow.family, ruleset), start, { surroundings, budget })

/** Packet after packet meets the same. */
const known = new WeakMap<Ruleset, Map<string, Groups>>()

function groupsAt(hook: Hook, family: IpFamily, ruleset: Ruleset): Groups {
  const ofRuleset = known.get(ruleset) ?? new Map<string, Groups>()
  known.set(ruleset, ofRuleset)
  const key = `${hook} ${family}`
  const groups = ofRuleset.get(key) ?? byPriority(stationsAt(hook, family, ruleset))
  ofRuleset.set(key, groups)
  return groups
}

function stationsAt(hook: Hook, family: IpFamily, ruleset: Ruleset): readonly Station[] {
  const chains = ruleset.chains.filter(chain => chain.hook === hook && chain.families.includes(family))
  const nat = chains.filter(chain => chain.type === 'nat')
  const at = natPriority[hook]
  return [
    ...chains.filter(chain => chain.type !== 'nat').map(station),
    ...(at === undefined ? [] : [natStation(hook, at, nat.map(station))]),
    ...(hook === 'prerouting' || hook === 'output' ? [tracking] : []),
  ]
}

const station = (chain: BaseChain): Station => ({
  name: `${chain.table} ${chain.name}`,
  priority: chain.priority,
  pass: (way, { surroundings, budget }) => runChain(chain, way, surroundings, budget),
})

const tracking: Station = {
  name: 'connection tracking',
  priority: conntrack,
  pass: way => [
    {
      ...way,
      flow: way.flow.connection === 'none' ? { ...way.flow, connection: tracked(way.flow) } : way.flow,
      verdict: 'accept',
    },
  ],
}

const tracked = ({ isValid }: Flow) => (isValid ? 'tracked' : 'invalid')

/** Asked once a connection, about its first packet; the first chain that translates settles it, and so does having none. */
function natStation(hook: Hook, priority: number, chains: readonly Station[]): Station {
  const side = hook === 'prerouting' || hook === 'output' ? 'destination' : 'source'
  const unlessSettled = byPriority(
    chains.map((chain): Station => ({
      ...chain,
      pass: (way, trip) => (way.flow.settled[side] ? [{ ...way, verdict: 'accept' }] : chain.pass(way, trip)),
    })),
  )
  const pass: Station['pass'] = (way, trip) => {
    if (way.flow.connection !== 'tracked' || way.flow.settled[side]) return [{ ...way, verdict: 'accept' }]
    const { state } = way.flow
    const first: Way = { ...way, flow: { ...way.flow, state: 'NEW' } }
    return passAll(unlessSettled, first, trip).map((end): Ended => {
      const flow = { ...end.flow, state, settled: { ...end.flow.settled, [side]: true } }
      if (state === 'NEW' || end.verdict !== 'drop') return { ...end, flow }
      // Such a connection is older than the rule, and nobody knows what was made of it then.
      const doubts = [...end.doubts, `${end.by} would have dropped its first packet`]
      return { flow: way.flow, doubts, verdict: 'accept' }
    })
  }
  return { name: 'nat', priority, pass }
}

function byPriority(stations: readonly Station[]): Groups {
  const groups = new Map<number, Station[]>()
  for (const station of stations) {
    const group = groups.get(station.priority)
    if (group === undefined) groups.set(station.priority, [station])
    else group.push(station)
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group)
}

function passAll(groups: Groups, start: Way, trip: Trip): readonly Ended[] {
  let ended: readonly Ended[] = [{ ...start, verdict: 'accept' }]
  for (const group of groups)
    ended = mergeEnds(ended.flatMap(end => (end.verdict === 'drop' ? [end] : passGroup(group, end, trip))))
  return ended
}

/** Which of several chains with one priority comes first is nowhere promised, and matters only when one changes the packet. */
function passGroup(group: readonly Station[], way: Way, trip: Trip): readonly Ended[] {
  const only = group.length === 1 ? group[0] : undefined
  if (only !== undefined) return only.pass(way, trip)
  const inTurn = (order: readonly Station[]) =>
    passAll(
      order.map(station => [station]),
      way,
      trip,
    )
  const changes = group.some(station =>
    station.pass(way, trip).some(end => end.verdict === 'accept' && flowKey(end.flow) !== flowKey(way.flow)),
  )
  if (!changes) return inTurn(group)
  const results = orders(group).map(inTurn)
  const kinds = new Set(results.map(ended => ended.map(resultKey).toSorted().join('\n')))
  if (kinds.size === 1 && group.length <= mostPermuted) return results[0] ?? []
  const doubt = `${group.map(({ name }) => name).join(' and ')} have the same priority`
  return mergeEnds(results.flat().map(end => ({ ...end, doubts: [...end.doubts, doubt] })))
}

const mostPermuted = 4
const resultKey = (end: Ended): string => (end.verdict === 'drop' ? 'drop' : flowKey(end.flow))

function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length > mostPermuted) return [items, items.toReversed()]
  if (items.length < 2) return [items]
  return items.flatMap((item, i) => orders(items.filter((_, j) => j !== i)).map(rest => [item, ...rest]))
}
