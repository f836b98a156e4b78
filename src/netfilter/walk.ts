import { firstFlow, isLoopback, type Flow } from './flow.js'
import type { Fate, Packet, Surroundings } from './packet.js'
import type { Budget } from './run-chain.js'
import type { Way } from './ways.js'
import { runHook } from './run-hook.js'
import type { Hook, Ruleset } from './ruleset.js'

/**
 * Follows a packet through every base chain on its way, as Linux (5.4 and later) calls them, NAT and routing included.
 * dropped: on every way it may go. delivered: no rule drops it on any, and everything was read. Whatever cannot be told
 * and could decide makes the answer unknown. What is not asked: rp_filter, policy routing beyond `routeTo`, and whether
 * somebody listens.
 */
export function walk(ruleset: Ruleset, packet: Packet, surroundings: Surroundings): Fate {
  const trip: Trip = { ruleset, surroundings, budget: { rules: 1_000_000 } }
  return judge(packet.iif === null ? sent(packet, trip) : received(packet, packet.iif, trip), ruleset)
}

interface Trip {
  readonly ruleset: Ruleset
  readonly surroundings: Surroundings
  readonly budget: Budget
}

type End = { readonly doubts: readonly string[] } & (
  { readonly by: string } | { readonly to: 'local' | 'forwarded'; readonly flow: Flow }
)

function received(packet: Packet, iif: string, trip: Trip): readonly End[] {
  const onWire = iif !== 'lo'
  if (onWire && packet.family === 'ipv6' && (isLoopback(packet.source) || isLoopback(packet.destination)))
    return [{ by: `::1 does not come in on ${iif} (martian)`, doubts: [] }]
  const start: Way = { flow: firstFlow(packet, 'prerouting', null), doubts: [] }
  return through('prerouting', start, trip, way => (onWire ? admit(way, iif, trip) : into(way, trip)))
}

/** What a hook drops ends there; what it accepts goes on. */
function through(hook: Hook, way: Way, trip: Trip, next: (way: Way) => readonly End[]): readonly End[] {
  const at = { ...way, flow: { ...way.flow, hook } }
  return runHook(hook, at, trip.ruleset, trip.surroundings, trip.budget).flatMap((end): readonly End[] =>
    end.verdict === 'drop'
      ? [{ by: end.by, doubts: end.doubts }]
      : next({ flow: end.flow, doubts: end.doubts }),
  )
}

/** The routing decision about a packet from outside. */
function admit(way: Way, iif: string, trip: Trip): readonly End[] {
  const { source, destination } = way.flow
  const { surroundings } = trip
  if (destination === undefined && way.flow.forSelf === true) return into(way, trip)
  if (destination === undefined) {
    const [local, elsewhere] = [into(way, trip), forward(way, trip)]
    return [...local, ...elsewhere]
  }
  const martian: End = { by: `no route_localnet on ${iif} (martian)`, doubts: way.doubts }
  const loopbacks = isLoopback(destination) || (source !== undefined && isLoopback(source))
  const allowed = loopbacks ? surroundings.routeLocalnet(iif) : true
  if (allowed === false && way.flow.family === 'ipv4') return [martian]
  const why =
    allowed === undefined
      ? [`cannot tell whether route_localnet is on for ${iif}`]
      : loopbacks && (way.flow.family === 'ipv6' || !isLoopback(destination))
        ? [`cannot tell whether a loopback address is let in on ${iif}`]
        : source !== undefined && surroundings.isLocal(source)
          ? [`its source ${source} is one of the host's own`]
          : []
  const doubts = [...way.doubts, ...why]
  const refused: readonly End[] = why.length > 0 ? [{ ...martian, doubts }] : []
  const local = isLoopback(destination) || surroundings.isLocal(destination)
  return [...refused, ...(local ? into : forward)({ ...way, doubts }, trip)]
}

const into = (way: Way, trip: Trip): readonly End[] =>
  through('input', { ...way, flow: { ...way.flow, oif: null } }, trip, ({ flow, doubts }) => [
    { to: 'local', flow, doubts },
  ])

function forward(way: Way, trip: Trip): readonly End[] {
  const { flow } = way
  const forwards = trip.surroundings.forwards(flow.family)
  const off = { by: `forwarding is off for ${flow.family}` }
  if (forwards === false) return [{ ...off, doubts: way.doubts }]
  const doubts =
    forwards === undefined ? [...way.doubts, `cannot tell whether ${flow.family} is forwarded`] : way.doubts
  const refused: readonly End[] = forwards === undefined ? [{ ...off, doubts }] : []
  return [
    ...refused,
    ...routed({ flow, doubts }, trip, next =>
      hairpin(
        through('forward', next, trip, passed => leave(passed, trip)),
        next.flow,
      ),
    ),
  ]
}

/** Sent back into the bridge it came from: br_netfilter may switch such a frame, and a port refuses its own. */
function hairpin(ends: readonly End[], { iif, iifKind, oif, destination }: Flow): readonly End[] {
  if (oif !== iif || iifKind === null || (iifKind !== undefined && iifKind !== 'bridge')) return ends
  const doubt = `${destination ?? 'it'} is behind ${iif ?? 'it'}, where it came from`
  return ends.flatMap((end): readonly End[] => {
    if ('by' in end) return [end]
    const doubts = [...end.doubts, doubt]
    return [
      { by: doubt, doubts },
      { ...end, doubts },
    ]
  })
}

/** With the interface it leaves by; without a route it goes nowhere. */
function routed(way: Way, trip: Trip, next: (way: Way) => readonly End[]): readonly End[] {
  const { flow } = way
  const oif = routeOf(flow, trip)
  if (oif === null) return [{ by: `no route to ${flow.destination ?? 'it'}`, doubts: way.doubts }]
  if (oif !== undefined) return next({ ...way, flow: { ...flow, oif } })
  const doubts = [...way.doubts, `cannot tell where ${flow.destination ?? 'it'} is routed to`]
  return [{ by: 'no route', doubts }, ...next({ doubts, flow: { ...flow, oif } })]
}

function routeOf({ destination, family, mark }: Flow, { surroundings }: Trip): string | null | undefined {
  if (destination === undefined) return undefined
  if (isLoopback(destination) || surroundings.isLocal(destination)) return 'lo'
  return surroundings.routeTo(destination, family, mark)
}

const leave = (way: Way, trip: Trip): readonly End[] =>
  through('postrouting', way, trip, ({ flow, doubts }) => [{ to: 'forwarded', flow, doubts }])

/** The host's own packet. Rules of output see the interface of its first route, whatever they make of its destination. */
function sent(packet: Packet, trip: Trip): readonly End[] {
  const start: Way = { flow: firstFlow(packet, 'output', null), doubts: [] }
  return routed(start, trip, way =>
    through('output', way, trip, after => routed(after, trip, next => depart(next, trip))),
  )
}

function depart(way: Way, trip: Trip): readonly End[] {
  if (way.flow.oif === undefined) return [...leave(way, trip), ...loop(way, trip)]
  return way.flow.oif === 'lo' ? loop(way, trip) : leave(way, trip)
}

/** Over lo it comes in again, with its connection and mark; NAT has been settled. */
const loop = (way: Way, trip: Trip): readonly End[] =>
  through('postrouting', way, trip, ({ flow, doubts }) =>
    through('prerouting', { flow: { ...flow, iif: 'lo', iifKind: null, oif: null }, doubts }, trip, back =>
      into(back, trip),
    ),
  )

function judge(ends: readonly End[], ruleset: Ruleset): Fate {
  const dropped = ends.flatMap(end => ('by' in end ? [end] : []))
  const arrived = ends.flatMap(end => ('to' in end ? [end] : []))
  const [drop] = dropped.toSorted((a, b) => a.doubts.length - b.doubts.length)
  const [first, ...others] = arrived
  if (first === undefined) return { fate: 'dropped', by: drop?.by ?? 'nothing' }
  const same = others.every(other => arrival(other) === arrival(first))
  const { port, redirectedBy, forSelf, iif } = first.flow
  const address = first.flow.destination ?? (forSelf === true ? `an address of ${iif ?? 'lo'}` : undefined)
  if (drop !== undefined || !same) return { fate: 'unknown', because: doubtOf(ends) }
  const [unread] = ruleset.unread
  if (unread !== undefined) return { fate: 'unknown', because: `not read: ${unread}` }
  if (address === undefined || port === undefined) return { fate: 'unknown', because: doubtOf(ends) }
  const by = redirectedBy ?? 'no rule drops it'
  return { fate: 'delivered', to: first.to, address, port, by }
}

const arrival = (end: { readonly to: string; readonly flow: Flow }): string =>
  `${end.to} ${end.flow.destination ?? '?'} ${end.flow.port ?? '?'}`

/** What parted the ways: the last doubt they share, or one that any of them has. */
function doubtOf(ends: readonly End[]): string {
  const [first, ...others] = ends.map(end => end.doubts)
  const shared = (first ?? []).filter(doubt => others.every(doubts => doubts.includes(doubt)))
  return shared.at(-1) ?? ends.flatMap(end => end.doubts).at(-1) ?? 'its destination could not be told'
}
