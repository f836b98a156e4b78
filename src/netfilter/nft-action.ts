import type { IpFamily } from '../model/facts.js'
import type { Action, Choice } from './action.js'
import type { Condition } from './condition.js'
import { conditionsOf } from './nft-conditions.js'
import { isArray, isObject, only, type Json, type JsonObject } from './nft-json.js'
import { renderStatement } from './nft-text.js'
import { bare, nameOf, numberOf, type Elements } from './nft-values.js'

/** What one statement adds to its rule: tests, something done, or neither (it only counts or logs). */
export interface Part {
  readonly conditions: readonly Condition[]
  readonly action: Action | null
}

export function readStatement(name: string, value: Json, elements: Elements): Part {
  if (name === 'match' && isObject(value)) return { conditions: conditionsOf(value, elements), action: null }
  if (silent.has(name) || (name === 'xt' && isObject(value) && value.name === 'comment')) return nothing
  if (testing.has(name)) return { conditions: [unknownTest(name, value)], action: null }
  const action = readVerdict(name, value) ?? readChange(name, value)
  if (action !== null) return { conditions: familyOf(value), action }
  if (name === 'vmap' && isObject(value)) {
    const choices = readMap(value, elements)
    if (choices !== null) return { conditions: [], action: { kind: 'choose', from: choices } }
  }
  // It may test as well as act: a rule with it decides nothing surely.
  return {
    conditions: [unknownTest(name, value)],
    action: { kind: 'unknown', text: renderStatement(name, value) },
  }
}

const nothing: Part = { conditions: [], action: null }
const silent = new Set([
  'counter',
  'log',
  'last',
  'flow',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'continue',
])
/** Statements that also decide whether the rest of the rule runs. */
const testing = new Set(['limit', 'quota', 'ct count', 'set', 'map', 'meter'])

const unknownTest = (name: string, value: Json): Condition => ({
  on: 'unknown',
  negated: false,
  text: renderStatement(name, value),
})

/** `dnat ip to …` in an inet table touches that family only. */
function familyOf(value: Json): readonly Condition[] {
  const name = isObject(value) ? value.family : undefined
  const family: IpFamily | null = name === 'ip' ? 'ipv4' : name === 'ip6' ? 'ipv6' : null
  return family === null ? [] : [{ on: 'family', negated: false, family }]
}

function readVerdict(name: string, value: Json): Action | null {
  switch (name) {
    case 'accept':
    case 'drop':
    case 'reject':
    case 'return':
      return { kind: name }
    case 'jump':
    case 'goto':
      return isObject(value) && typeof value.target === 'string' ? { kind: name, chain: value.target } : null
    default:
      return null
  }
}

function readChange(name: string, value: Json): Action | null {
  switch (name) {
    case 'notrack':
      return { kind: 'notrack' }
    case 'masquerade':
    case 'snat':
      return { kind: 'snat' }
    case 'dnat':
    case 'redirect':
      return readDnat(name, isObject(value) ? value : {})
    case 'mangle':
      return isObject(value) ? readMangle(value) : null
    default:
      return null
  }
}

function readDnat(name: 'dnat' | 'redirect', { addr, port }: JsonObject): Action | null {
  if (port !== undefined && typeof port !== 'number') return null
  if (addr !== undefined && (typeof addr !== 'string' || name === 'redirect')) return null
  return { kind: 'dnat', address: name === 'redirect' ? null : (addr ?? 'same'), port: port ?? null }
}

/** Fields whose change has no bearing on where a packet goes. */
const harmless = new Set(['meta nftrace', 'meta priority', 'ct mark', 'ct label', 'ct secmark', 'ct event'])

function readMangle({ key, value }: JsonObject): Action | null {
  const name = nameOf(key ?? null)?.join(' ') ?? ''
  if (harmless.has(name)) return { kind: 'continue' }
  if (name !== 'meta mark') return null
  const bits = bitsOf(value ?? null)
  if (bits === null) return { kind: 'mark', value: null }
  const mask = ~bits.keep >>> 0
  return { kind: 'mark', value: bits.xor, ...(mask !== 0xffffffff && { mask }) }
}

/** Any chain of &, | and ^ on the old mark is (mark & keep) ^ xor. */
function bitsOf(value: Json): { keep: number; xor: number } | null {
  const number = numberOf(value)
  if (number !== null) return { keep: 0, xor: number >>> 0 }
  if (nameOf(value)?.join(' ') === 'meta mark') return { keep: 0xffffffff, xor: 0 }
  const [op, operands] = only(value) ?? []
  if (op === undefined || !isArray(operands) || operands.length < 2) return null
  return operands.slice(1).reduce<{ keep: number; xor: number } | null>(
    (bits, operand) => {
      const n = numberOf(operand)
      if (bits === null || n === null) return null
      if (op === '&') return { keep: (bits.keep & n) >>> 0, xor: (bits.xor & n) >>> 0 }
      if (op === '|') return { keep: (bits.keep & ~n) >>> 0, xor: (bits.xor | n) >>> 0 }
      return op === '^' ? { keep: bits.keep, xor: (bits.xor ^ n) >>> 0 } : null
    },
    bitsOf(operands[0] ?? null),
  )
}

function readMap({ key, data }: JsonObject, elements: Elements): readonly Choice[] | null {
  const named = typeof data === 'string' && data.startsWith('@') ? elements(data.slice(1)) : null
  const list = named ?? (isObject(data) && isArray(data.set) ? data.set : null)
  if (list === null || key === undefined) return null
  const choices: Choice[] = []
  const otherwise: Choice[] = []
  for (const entry of list) {
    const [element, verdict] = isArray(entry) ? entry : []
    const [name, value = null] = only(verdict) ?? []
    if (element === undefined || name === undefined) return null
    const action = name === 'continue' ? ({ kind: 'continue' } as const) : readVerdict(name, value)
    if (action === null) return null
    const right = bare(element)
    if (right === '*') otherwise.push({ conditions: [], action })
    else choices.push({ conditions: conditionsOf({ op: '==', left: key, right }, elements), action })
  }
  return [...choices, ...otherwise]
}
