import type { IpFamily } from '../model/facts.js'
import type { Condition } from './condition.js'
import { protocolOf, tcpFlags } from './iptables-words.js'
import { connectionTest, flagTest, tcp, tcpFlagsOf } from './nft-bits.js'
import { isArray, isObject, wordsOf, type Json, type JsonObject } from './nft-json.js'
import { renderStatement } from './nft-text.js'
import {
  field,
  masked,
  nameOf,
  networksOf,
  numberOf,
  portsOf,
  valuesOf,
  type Elements,
} from './nft-values.js'

/** The tests behind one `match`, all of which must hold. What is not known becomes an unknown condition. */
export function conditionsOf(match: JsonObject, elements: Elements): readonly Condition[] {
  const [left, op, right] = [field(match, 'left'), match.op, field(match, 'right')]
  const found =
    typeof op === 'string' ? read(left, op === 'in' ? '==' : op, right, elements, op === 'in') : null
  return found ?? [unknown(renderStatement('match', match))]
}

const unknown = (text: string): Condition => ({ on: 'unknown', negated: false, text })

type Read = readonly Condition[] | null

function read(left: Json, op: string, right: Json, elements: Elements, bits = false): Read {
  if (isObject(left) && isArray(left.concat)) return concat(left.concat, op, right, elements)
  if (isObject(left) && isObject(left.fib)) return fib(left.fib, op, right, elements)
  const mask = masked(left)
  if (mask !== null) return maskedTest(mask, op, right)
  const [of, key] = nameOf(left) ?? ['', '']
  if (of === 'ct') return connectionTest(key, op, right, bits)
  if (key === 'flags' && of === 'tcp') return flagTest(op, right, bits)
  if (key === 'sport' || key === 'dport') return ports(of, key, op, right, elements)
  if (op !== '==' && op !== '!=') return null
  const values = valuesOf(right, elements)
  return values === null ? null : membership(`${of} ${key}`, op === '!=', values)
}

const cgroupLevel = /^socket cgroupv2 level (\d+)$/

/** Tests that compare with one of some values. */
function membership(name: string, negated: boolean, values: readonly Json[]): Read {
  const words = values.filter(value => typeof value === 'string')
  const allWords = words.length === values.length
  const level = cgroupLevel.exec(name)?.[1]
  if (level !== undefined) return [{ on: 'cgroup', negated, level: Number(level), paths: values.map(String) }]
  switch (name) {
    case 'meta iifname':
    case 'meta iif':
    case 'meta oifname':
    case 'meta oif': {
      // A bare number is the index of an interface that is gone; "\*" is a real star.
      if (!allWords || words.some(word => /^\d+$/.test(word) || /\\|^\*$/.test(word))) return null
      return [{ on: name.startsWith('meta i') ? 'in' : 'out', negated, names: words }]
    }
    case 'meta iifkind':
      return allWords ? [{ on: 'in-kind', negated, kinds: words }] : null
    case 'meta nfproto':
      return families(negated, words, allWords, { ipv4: 'ipv4', ipv6: 'ipv6' })
    case 'meta protocol':
      return families(negated, words, allWords, { ip: 'ipv4', ip6: 'ipv6' })
    case 'meta l4proto':
      return [protocol(negated, values)]
    case 'ip protocol':
      return [family('ipv4'), protocol(negated, values)]
    case 'ip6 nexthdr':
      return [family('ipv6'), protocol(negated, values)]
    case 'meta mark':
      return marks(negated, values)
    case 'meta cgroup': {
      const classes = values.map(numberOf)
      return classes.includes(null)
        ? null
        : [{ on: 'class', negated, classes: classes.map(value => value ?? 0) }]
    }
    case 'ip saddr':
    case 'ip daddr':
    case 'ip6 saddr':
    case 'ip6 daddr': {
      const networks = values.map(networksOf)
      if (networks.includes(null)) return null
      const on = name.endsWith('saddr') ? 'source' : 'destination'
      const of = name.startsWith('ip6') ? 'ipv6' : 'ipv4'
      return [family(of), { on, negated, networks: networks.flatMap(list => list ?? []) }]
    }
    default:
      return name.startsWith('icmp') ? [protocol(false, [name.split(' ')[0] ?? '']), unknown(name)] : null
  }
}

const family = (of: IpFamily): Condition => ({ on: 'family', negated: false, family: of })
const protocol = (negated: boolean, values: readonly Json[]): Condition => ({
  on: 'protocol',
  negated,
  protocols: values.map(value => protocolOf(String(value as string | number))),
})

function families(
  negated: boolean,
  words: readonly string[],
  complete: boolean,
  names: Readonly<Record<string, IpFamily>>,
): Read {
  const found = words.flatMap(word => (Object.hasOwn(names, word) ? [names[word]] : []))
  const [first] = found
  if (!complete || first === undefined || words.length !== 1) return null
  return [{ on: 'family', negated, family: first }]
}

function marks(negated: boolean, values: readonly Json[]): Read {
  const numbers = values.map(numberOf)
  if (numbers.includes(null)) return null
  const groups = numbers.map((value): Condition[] => [
    { on: 'mark', negated: false, value: value ?? 0, mask: 0xffffffff },
  ])
  return [{ on: 'any-of', negated, groups }]
}

function maskedTest([left, mask]: readonly [Json, Json], op: string, right: Json): Read {
  const name = nameOf(left)?.join(' ')
  const negated = op === '!='
  if (op !== '==' && !negated) return null
  if (name === 'meta mark') {
    const [bits, value] = [numberOf(mask), numberOf(right)]
    return bits === null || value === null ? null : [{ on: 'mark', negated, value, mask: bits }]
  }
  if (name === 'tcp flags') {
    const [bits, value] = [tcpFlagsOf(mask), numberOf(right) === 0 ? [] : tcpFlagsOf(right)]
    return bits === null || value === null ? null : [tcp, tcpFlags(bits, value, negated)]
  }
  // "ct status & dnat == 0", as some versions keep it.
  if (name === 'ct status' && numberOf(right) === 0)
    return connectionTest('status', negated ? '==' : '!', mask, true)
  return null
}

function ports(of: string, key: string, op: string, right: Json, elements: Elements): Read {
  if (of !== 'tcp' && of !== 'udp' && of !== 'sctp' && of !== 'th') return null
  const on = key === 'sport' ? 'source-port' : 'destination-port'
  const needs: readonly Condition[] = of === 'th' ? [] : [protocol(false, [of])]
  const limit = typeof right === 'number' ? bounds(op, right) : null
  if (limit !== null) return [...needs, { on, negated: false, ports: [limit] }]
  const found = op === '==' || op === '!=' ? valuesOf(right, elements)?.map(portsOf) : undefined
  if (found === undefined || found.includes(null)) return null
  return [...needs, { on, negated: op === '!=', ports: found.flatMap(range => range ?? []) }]
}

function bounds(op: string, value: number): { from: number; to: number } | null {
  if (op === '<') return { from: 0, to: value - 1 }
  if (op === '<=') return { from: 0, to: value }
  if (op === '>') return { from: value + 1, to: 65535 }
  return op === '>=' ? { from: value, to: 65535 } : null
}

function fib(left: JsonObject, op: string, right: Json, elements: Elements): Read {
  const flags = wordsOf(left.flags).join(' ')
  if (op !== '==' && op !== '!=') return null
  if (left.result === 'type' && (flags === 'daddr' || flags === 'saddr')) {
    const types = valuesOf(right, elements)?.map(value =>
      typeof value === 'string' ? value.toUpperCase() : null,
    )
    if (types === undefined || types.includes(null)) return null
    const of = flags === 'daddr' ? 'destination' : 'source'
    return [{ on: 'address-type', negated: op === '!=', of, types: types.flatMap(type => type ?? []) }]
  }
  if (flags !== 'daddr iif' || (left.result !== 'oif' && left.result !== 'check')) return null
  const exists =
    right === true || right === 'exists' ? true : right === false || right === 'missing' ? false : null
  return exists === null ? null : [{ on: 'returns-where-it-came', negated: exists === (op === '!=') }]
}

function concat(parts: readonly Json[], op: string, right: Json, elements: Elements): Read {
  // Negated, a part that the packet does not have would make the rule not match; that is not told apart here.
  const values = op === '==' ? valuesOf(right, elements) : null
  const groups = values?.map((value): Read => {
    const list = isObject(value) ? value.concat : undefined
    if (!isArray(list) || list.length !== parts.length) return null
    const tests = parts.map((part, i) => read(part, '==', list[i] ?? null, elements))
    return tests.includes(null) ? null : tests.flatMap(test => test ?? [])
  })
  if (groups === undefined || groups.includes(null)) return null
  return [
    { on: 'any-of', negated: op === '!=', groups: groups.flatMap(group => (group === null ? [] : [group])) },
  ]
}
