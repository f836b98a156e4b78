import { parseNetwork, rangeNetworks } from './cidr.js'
import type { PortRange } from './condition.js'
import { isArray, isObject, type Json, type JsonObject } from './nft-json.js'

/** Elements of a named set or map of the rule's table; null: there is none. */
export type Elements = (name: string) => readonly Json[] | null

/** The values a test compares with: one, those of a set, or those of a named set. null: a named set that was not listed. */
export function valuesOf(right: Json, elements: Elements): readonly Json[] | null {
  const list = typeof right === 'string' && right.startsWith('@') ? elements(right.slice(1)) : undefined
  if (list !== undefined) return list?.map(bare) ?? null
  return isObject(right) && isArray(right.set) ? right.set.map(bare) : [right]
}

/** An element with a counter, a comment or a time of its own stands wrapped. */
export function bare(json: Json): Json {
  const element = isObject(json) ? json.elem : undefined
  return isObject(element) && element.val !== undefined ? element.val : json
}

export function networksOf(value: Json): readonly string[] | null {
  if (typeof value === 'string') return parseNetwork(value) === null ? null : [value]
  if (!isObject(value)) return null
  const { prefix } = value
  if (isObject(prefix) && typeof prefix.addr === 'string' && typeof prefix.len === 'number')
    return networksOf(`${prefix.addr}/${prefix.len}`)
  const [from, to] = isArray(value.range) ? value.range : []
  return typeof from === 'string' && typeof to === 'string' ? rangeNetworks(from, to) : null
}

export function portsOf(value: Json): PortRange | null {
  if (isPort(value)) return { from: value, to: value }
  const [from, to] = isObject(value) && isArray(value.range) ? value.range : []
  return isPort(from) && isPort(to) ? { from, to } : null
}

const isPort = (json: Json | undefined): json is number =>
  typeof json === 'number' && Number.isInteger(json) && json >= 0 && json <= 65535

/** A number, or one in quotes: versions differ about marks. */
export function numberOf(json: Json | undefined): number | null {
  if (typeof json === 'number') return json
  return typeof json === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(json) ? Number(json) : null
}

/** `{"meta": {"key": "mark"}}` → ["meta", "mark"]; payload → ["tcp", "dport"]. */
export function nameOf(left: Json): readonly [string, string] | null {
  if (!isObject(left)) return null
  const { meta, ct, payload, socket } = left
  if (isObject(meta) && typeof meta.key === 'string') return ['meta', meta.key]
  if (isObject(ct) && typeof ct.key === 'string' && ct.dir === undefined) return ['ct', ct.key]
  if (isObject(payload) && typeof payload.protocol === 'string' && typeof payload.field === 'string')
    return [payload.protocol, payload.field]
  if (isObject(socket) && socket.key === 'cgroupv2' && typeof socket.level === 'number')
    return ['socket', `cgroupv2 level ${socket.level}`]
  return null
}

/** The two sides of `a & b`. */
export function masked(left: Json): readonly [Json, Json] | null {
  const pair = isObject(left) ? left['&'] : undefined
  if (!isArray(pair) || pair.length !== 2) return null
  const [a, b] = pair
  return a === undefined || b === undefined ? null : [a, b]
}

export const field = (object: JsonObject, key: string): Json => object[key] ?? null
