import { overlap, parseNetwork, within } from './cidr.js'
import type { Condition, PortRange } from './condition.js'

/** Surely no packet meets all of `a` and all of `b`. Unsure is false. */
export const disjoint = (a: readonly Condition[], b: readonly Condition[]): boolean =>
  a.some(x => b.some(y => excludes(x, y)))

function excludes(a: Condition, b: Condition): boolean {
  switch (a.on) {
    case 'family':
      return b.on === a.on && (a.family === b.family) === (a.negated !== b.negated)
    case 'source':
    case 'destination':
      return b.on === a.on && parted(a, a.networks, b, b.networks, networkMeets, networkWithin)
    case 'in':
    case 'out':
      return b.on === a.on && parted(a, a.names, b, b.names, nameMeets, nameWithin)
    case 'protocol':
      // Two "other" protocols need not be the same one.
      return (
        b.on === a.on && parted(a, a.protocols, b, b.protocols, equal, (x, y) => x === y && x !== 'other')
      )
    case 'source-port':
    case 'destination-port':
      return b.on === a.on && parted(a, a.ports, b, b.ports, portMeets, portWithin)
    case 'state':
      // A connection is in one of the plain states; SNAT and DNAT go with any.
      return (
        b.on === a.on &&
        ![...a.states, ...b.states].some(state => state === 'SNAT' || state === 'DNAT') &&
        parted(a, a.states, b, b.states, equal, equal)
      )
    case 'direction':
      return b.on === a.on && (a.direction === b.direction) === (a.negated !== b.negated)
    case 'cgroup':
      return b.on === a.on && a.level === b.level && parted(a, a.paths, b, b.paths, equal, equal)
    case 'class':
      return b.on === a.on && parted(a, a.classes, b, b.classes, sameNumber, sameNumber)
    case 'mark':
      return b.on === a.on && !a.negated && !b.negated && ((a.value ^ b.value) & a.mask & b.mask) !== 0
    case 'syn':
    case 'returns-where-it-came':
      return b.on === a.on && a.negated !== b.negated
    case 'in-kind':
    case 'any-port':
    case 'nat-status':
    case 'address-type':
    case 'tcp-flags':
    case 'any-of':
    case 'unknown':
      return false
  }
}

type Negatable = Pick<Condition, 'negated'>

/** Two lists of values, each "one of" or "none of". */
function parted<T>(
  a: Negatable,
  as: readonly T[],
  b: Negatable,
  bs: readonly T[],
  meets: (x: T, y: T) => boolean,
  isWithin: (x: T, y: T) => boolean,
): boolean {
  if (a.negated && b.negated) return false
  if (a.negated) return parted(b, bs, a, as, meets, isWithin)
  if (b.negated) return as.every(x => bs.some(y => isWithin(x, y)))
  return !as.some(x => bs.some(y => meets(x, y)))
}

const equal = (x: string, y: string): boolean => x === y
const sameNumber = (x: number, y: number): boolean => x === y

function networkMeets(x: string, y: string): boolean {
  const [a, b] = [parseNetwork(x), parseNetwork(y)]
  return a === null || b === null || overlap(a, b)
}

function networkWithin(x: string, y: string): boolean {
  const [a, b] = [parseNetwork(x), parseNetwork(y)]
  return a !== null && b !== null && within(a, b)
}

const stem = (name: string): string => name.slice(0, -1)

function nameMeets(x: string, y: string): boolean {
  if (x.endsWith('*') && y.endsWith('*')) return stem(x).startsWith(stem(y)) || stem(y).startsWith(stem(x))
  if (x.endsWith('*')) return y.startsWith(stem(x))
  return y.endsWith('*') ? x.startsWith(stem(y)) : x === y
}

const nameWithin = (x: string, y: string): boolean =>
  y.endsWith('*') ? (x.endsWith('*') ? stem(x) : x).startsWith(stem(y)) : x === y

const portMeets = (x: PortRange, y: PortRange): boolean => x.from <= y.to && y.from <= x.to
const portWithin = (x: PortRange, y: PortRange): boolean => y.from <= x.from && x.to <= y.to
