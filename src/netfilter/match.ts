import { parseNetwork, within } from './cidr.js'
import type { Condition, PortRange, TcpFlag } from './condition.js'
import { isLoopback, type Flow } from './flow.js'
import type { Surroundings } from './packet.js'

/** null: could not tell. */
export type Answer = boolean | null

/** Do all conditions hold? false as soon as one surely does not. */
export function allHold(conditions: readonly Condition[], flow: Flow, surroundings: Surroundings): Answer {
  let answer: Answer = true
  const fails = conditions.some(condition => {
    const held = holds(condition, flow, surroundings)
    if (held === null) answer = null
    return held === false
  })
  return fails ? false : answer
}

function holds(condition: Condition, flow: Flow, surroundings: Surroundings): Answer {
  // Without a connection, a kind or an ancestor, these make the rule not match at all, negated or not (nft_ct.c, nft_meta.c, xt_conntrack.c, nft_socket.c).
  if ((condition.on === 'nat-status' || condition.on === 'direction') && flow.connection !== 'tracked')
    return false
  if (condition.on === 'in-kind' && flow.iifKind === null) return false
  if (condition.on === 'cgroup' && (senderIn(flow)?.length ?? Infinity) < condition.level) return false
  const answer = plainly(condition, flow, surroundings)
  return answer === null ? null : answer !== condition.negated
}

function plainly(condition: Condition, flow: Flow, surroundings: Surroundings): Answer {
  switch (condition.on) {
    case 'family':
      return condition.family === flow.family
    case 'source':
      return inNetworks(flow.source, condition.networks)
    case 'destination':
      return inNetworks(flow.destination, condition.networks)
    case 'in':
      return isNamed(flow.iif, condition.names)
    case 'out':
      return isNamed(flow.oif, condition.names)
    case 'in-kind':
      return flow.iifKind == null ? null : condition.kinds.includes(flow.iifKind)
    case 'protocol':
      return condition.protocols.includes('tcp')
    case 'source-port':
      return ephemeralIn(condition.ports)
    case 'destination-port':
      return portIn(flow.port, condition.ports)
    case 'any-port':
      return either([portIn(flow.port, condition.ports), ephemeralIn(condition.ports)])
    case 'state':
      return inState(condition.states, flow)
    case 'nat-status':
      return either(condition.statuses.map(status => translated(status, flow)))
    case 'direction':
      return condition.direction === 'original'
    case 'cgroup':
      return isInCgroup(flow, condition.level, condition.paths)
    case 'class':
      // Elsewhere it is the receiver's, or nobody's.
      return flow.hook !== 'output' || flow.class === undefined
        ? null
        : condition.classes.includes(flow.class)
    case 'mark':
      return flow.mark === undefined ? null : (flow.mark & condition.mask) >>> 0 === condition.value
    case 'address-type':
      return either(
        condition.types.map(type =>
          isOfType(condition.of === 'source' ? flow.source : flow.destination, type, flow, surroundings),
        ),
      )
    case 'returns-where-it-came':
      return returns(flow, surroundings)
    case 'syn':
      return flow.state === 'NEW'
    case 'tcp-flags':
      return flagsAre(condition.mask, condition.value, flow)
    case 'any-of':
      return either(condition.groups.map(group => allHold(group, flow, surroundings)))
    case 'unknown':
      return null
  }
}

const either = (answers: readonly Answer[]): Answer =>
  answers.includes(true) ? true : answers.includes(null) ? null : false

function inNetworks(address: string | undefined, networks: readonly string[]): Answer {
  const own = address === undefined ? null : parseNetwork(address)
  if (own === null) return networks.length === 0 ? false : null
  let answer: Answer = false
  for (const text of networks) {
    const network = parseNetwork(text)
    if (network === null) answer = null
    else if (within(own, network)) return true
  }
  return answer
}

/** The kernel compares with an empty name where there is no interface. */
function isNamed(name: string | null | undefined, patterns: readonly string[]): Answer {
  if (name === undefined) return patterns.length === 0 ? false : patterns.includes('*') ? true : null
  const own = name ?? ''
  return patterns.some(pattern =>
    pattern.endsWith('*') ? own.startsWith(pattern.slice(0, -1)) : own === pattern,
  )
}

/** Elsewhere `socket` finds the receiver's socket, or none. */
const senderIn = (flow: Flow): readonly string[] | undefined =>
  flow.hook === 'output' ? flow.cgroups : undefined

function isInCgroup(flow: Flow, level: number, paths: readonly string[]): Answer {
  // Level 0 is the root, which has several names.
  const own = senderIn(flow)?.[level - 1]
  return own === undefined ? null : paths.includes(own)
}

const portIn = (port: number | undefined, ranges: readonly PortRange[]): Answer =>
  port === undefined ? null : ranges.some(({ from, to }) => from <= port && port <= to)

/** The sender's port is not known, but it is one of those that Linux gives out by itself (ip_local_port_range). */
const ephemeral = { from: 32_768, to: 60_999 }

function ephemeralIn(ranges: readonly PortRange[]): Answer {
  if (ranges.some(({ from, to }) => from <= ephemeral.from && ephemeral.to <= to)) return true
  return ranges.some(({ from, to }) => from <= ephemeral.to && ephemeral.from <= to) ? null : false
}

function inState(states: readonly string[], flow: Flow): Answer {
  if (flow.connection === 'none' || flow.connection === 'invalid') return states.includes('INVALID')
  if (flow.connection === 'untracked') return states.includes('UNTRACKED')
  const virtual = (['SNAT', 'DNAT'] as const).filter(state => states.includes(state))
  return either([states.includes(flow.state), ...virtual.map(state => translated(state, flow))])
}

const translated = (status: 'SNAT' | 'DNAT', flow: Flow): Answer =>
  (status === 'DNAT' ? flow.dnat : flow.snat) ?? null

function isOfType(address: string | undefined, type: string, flow: Flow, surroundings: Surroundings): Answer {
  if (address === undefined) return null
  const local = isLoopback(address) || surroundings.isLocal(address)
  const multicast = inNetworks(address, ['224.0.0.0/4', 'ff00::/8']) === true
  if (type === 'LOCAL') return local
  if (type === 'MULTICAST') return multicast
  // IPv6 has other types for what is routed nowhere, and anycast.
  if (flow.family === 'ipv6') return null
  const broadcast = inNetworks(address, ['0.0.0.0/8', '255.255.255.255/32']) === true
  if (type === 'BROADCAST') return broadcast
  if (type === 'UNICAST') return !local && !multicast && !broadcast
  return null
}

function returns(flow: Flow, surroundings: Surroundings): Answer {
  if (flow.destination === undefined || flow.hook !== 'prerouting') return null
  if (flow.iif === 'lo') return true
  if (isLoopback(flow.destination) || surroundings.isLocal(flow.destination)) return false
  const out = surroundings.routeTo(flow.destination, flow.family, flow.mark)
  return out === undefined ? null : out === flow.iif
}

/** A first packet has SYN alone beside the ECN bits; a later one has ACK, no SYN, RST or URG, and perhaps FIN or PSH. */
function flagsAre(mask: readonly TcpFlag[], value: readonly TcpFlag[], flow: Flow): Answer {
  if (value.some(flag => !mask.includes(flag))) return false
  const first = flow.state === 'NEW'
  const open: readonly TcpFlag[] = first ? ['ecn', 'cwr'] : ['fin', 'psh', 'ecn', 'cwr']
  const set: TcpFlag = first ? 'syn' : 'ack'
  if (mask.some(flag => !open.includes(flag) && (flag === set) !== value.includes(flag))) return false
  return mask.some(flag => open.includes(flag)) ? null : true
}
