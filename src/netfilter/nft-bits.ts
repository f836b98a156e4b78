import type { Condition, ConnState, TcpFlag } from './condition.js'
import { flagsOf, isArray, isObject, type Json } from './nft-json.js'

const states: readonly string[] = [
  'NEW',
  'ESTABLISHED',
  'RELATED',
  'INVALID',
  'UNTRACKED',
] satisfies ConnState[]

/** `ct state`, `ct status` and `ct direction`. `bits`: any of the bits, not the whole word. */
export function connectionTest(
  key: string,
  op: string,
  right: Json,
  bits: boolean,
): readonly Condition[] | null {
  const set = isObject(right) && isArray(right.set) ? right.set : null
  const words = flagsOf(set ?? right)?.map(word => word.toUpperCase())
  if (words === undefined) return null
  if (key === 'direction') {
    const [word] = words
    const direction = word === 'REPLY' ? 'reply' : word === 'ORIGINAL' ? 'original' : null
    if (direction === null || words.length !== 1 || (op !== '==' && op !== '!=')) return null
    return [{ on: 'direction', negated: op === '!=', direction }]
  }
  if (key === 'state') {
    // One state has one bit, so comparing with one word is a test of that bit; with several it is not.
    const oneOf = set !== null || words.length === 1 || bits || op === '!'
    if (!oneOf || !words.every((word): word is ConnState => states.includes(word))) return null
    if (op !== '==' && op !== '!=' && op !== '!') return null
    return [{ on: 'state', negated: op !== '==', states: words }]
  }
  // Of the status only bits can be told: "!= dnat" compares the whole word, in which other bits are set as well.
  const known = words.every((word): word is 'SNAT' | 'DNAT' => word === 'SNAT' || word === 'DNAT')
  if (key !== 'status' || !known || set !== null || !(op === '!' || (op === '==' && bits))) return null
  return [{ on: 'nat-status', negated: op === '!', statuses: words }]
}

export const tcp: Condition = { on: 'protocol', negated: false, protocols: ['tcp'] }
const tcpFlagNames: readonly string[] = [
  'fin',
  'syn',
  'rst',
  'psh',
  'ack',
  'urg',
  'ecn',
  'cwr',
] satisfies TcpFlag[]

export function tcpFlagsOf(json: Json): readonly TcpFlag[] | null {
  const words = flagsOf(json)
  return words?.every((word): word is TcpFlag => tcpFlagNames.includes(word)) === true ? words : null
}

/** Any of the bits ("in"), none of them ("!"). A comparison of the whole byte would have to know the ECN bits. */
export function flagTest(op: string, right: Json, bits: boolean): readonly Condition[] | null {
  const flags = tcpFlagsOf(right)
  if (flags === null || !(op === '!' || (op === '==' && bits))) return null
  return [tcp, { on: 'tcp-flags', negated: op !== '!', mask: flags, value: [] }]
}
