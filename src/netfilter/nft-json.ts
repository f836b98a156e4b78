import { ParseError } from '../model/errors.js'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** The objects in one answer of `nft -j`, each under the name of its sort ("rule", "chain", …). */
export function readNft(text: string, source: string): readonly (readonly [string, JsonObject])[] {
  let document: Json
  try {
    document = JSON.parse(text) as Json
  } catch (cause) {
    throw new ParseError(source, text, 'not JSON', { cause })
  }
  const list = isObject(document) ? document.nftables : undefined
  if (!isArray(list)) throw new ParseError(source, text, 'not an answer of nft -j')
  return list.map(item => {
    const [entry] = isObject(item) ? Object.entries(item) : []
    if (entry === undefined || !isObject(entry[1]))
      throw new ParseError(source, text, 'not an answer of nft -j')
    return [entry[0], entry[1]]
  })
}

export const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
export const isArray = (json: Json | undefined): json is readonly Json[] => Array.isArray(json)

/** Some versions print a list of one as its only member. */
export const listOf = (json: Json | undefined): readonly Json[] =>
  json === undefined || json === null ? [] : isArray(json) ? json : [json]

/** The only key of an object that names what it is: `{"drop": null}`. */
export function only(json: Json | undefined): readonly [string, Json] | null {
  const entries = isObject(json) ? Object.entries(json) : []
  return entries.length === 1 && entries[0] !== undefined ? entries[0] : null
}

/** A field that must be there. */
export function word(object: JsonObject, key: string, source: string): string {
  const value = object[key]
  if (typeof value !== 'string') throw new ParseError(source, JSON.stringify(object), `no ${key}`)
  return value
}

export function figure(object: JsonObject, key: string, source: string): number {
  const value = object[key]
  if (typeof value !== 'number') throw new ParseError(source, JSON.stringify(object), `no ${key}`)
  return value
}

/** Words behind `a|b`, `{"|": ["a", "b"]}`, `["a", "b"]` and "a"; null when something else is among them. */
export function flagsOf(json: Json | undefined): readonly string[] | null {
  if (typeof json === 'string') return [json]
  const list = isObject(json) && only(json)?.[0] === '|' ? json['|'] : json
  if (!isArray(list)) return null
  const words = list.map(flagsOf)
  return words.includes(null) ? null : words.flatMap(flags => flags ?? [])
}

/** "daddr . iif" → ["daddr", "iif"], however the version lists it. */
export const wordsOf = (json: Json | undefined): readonly string[] =>
  listOf(json).flatMap(word => (typeof word === 'string' ? word.split(' . ') : [JSON.stringify(word)]))
