import { isArray, isObject, type Json } from './nft-json.js'

/** The levels of a rule's `socket cgroupv2` expressions in their order, by the rule's handle. */
export type CgroupLevels = ReadonlyMap<number, readonly number[]>

/** nft's JSON says "the sender's cgroup" and not at which level; its text does. */
export const lacksLevels = (json: string): boolean => json.search(lack) >= 0

const lack = /"socket": *\{"key": *"cgroupv2"\}/g

/** From `nft -a list table`: a rule a line, its handle at the end. */
export function cgroupLevels(text: string): CgroupLevels {
  const levels = new Map<number, readonly number[]>()
  for (const line of text.split('\n')) {
    const [, rule, handle] = /^\t\t(.*) # handle (\d+)$/.exec(line) ?? []
    if (rule !== undefined) levels.set(Number(handle), levelsIn(rule))
  }
  return levels
}

/** What stands in quotes (a path, a comment) may say anything. */
export const levelsIn = (rule: string): readonly number[] =>
  [...rule.replace(/"[^"]*"/g, '""').matchAll(/\bsocket cgroupv2 level (\d+)/g)].map(found =>
    Number(found[1]),
  )

/** The statements of a rule with the levels filled in; as they are, so that nothing is taken for known, where the two do not fit. */
export function withLevels(statements: readonly Json[], levels: readonly number[] = []): readonly Json[] {
  const lacking = JSON.stringify(statements).match(lack)?.length ?? 0
  if (lacking === 0 || lacking !== levels.length) return statements
  const left = [...levels]
  return statements.map(statement => fill(statement, left))
}

function fill(json: Json, levels: number[]): Json {
  if (isArray(json)) return json.map(item => fill(item, levels))
  if (!isObject(json)) return json
  const { socket } = json
  if (isObject(socket) && socket.key === 'cgroupv2' && socket.level === undefined) {
    const level = levels.shift()
    return level === undefined ? json : { socket: { ...socket, level } }
  }
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, fill(value, levels)]))
}
