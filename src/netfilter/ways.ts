import { blurred, flowKey, type Flow } from './flow.js'

/** One of the ways a packet may go on, and what could not be told on it. */
export interface Way {
  readonly flow: Flow
  readonly doubts: readonly string[]
}

/** Each doubt once: chains that jump to each other again and again would double them at every step. */
export const together = (before: readonly string[], more: readonly string[]): readonly string[] =>
  before.length === 0 ? more : more.length === 0 ? before : [...new Set([...before, ...more])]

/** What a chain makes of a way. `by`: what dropped it. */
export type Ended =
  | (Way & { readonly verdict: 'accept' | 'return' })
  | (Way & { readonly verdict: 'drop'; readonly by: string })

/** Ways that the rest of the rules cannot tell apart are one; the one with fewer doubts, or the later, speaks for both. */
export function mergeWays<W extends Way>(
  ways: readonly W[],
  keyOf: (way: W) => string = way => flowKey(way.flow),
): readonly W[] {
  if (ways.length < 2) return ways
  const merged = new Map<string, W>()
  for (const way of ways) {
    const key = keyOf(way)
    const other = merged.get(key)
    if (other === undefined || way.doubts.length <= other.doubts.length) merged.set(key, way)
  }
  return [...merged.values()]
}

export const mergeEnds = (ended: readonly Ended[]): readonly Ended[] =>
  mergeWays(ended, end => (end.verdict === 'drop' ? 'drop' : `${end.verdict} ${flowKey(end.flow)}`))

export interface Result {
  readonly ended: readonly Ended[]
  /** Still to go on with the next rule. */
  readonly live: readonly Way[]
}

/** It may drop, accept or return; what goes on may be another packet. */
export function anything(way: Way, text: string): Result {
  const changed = { ...way, flow: blurred(way.flow) }
  const bound = { ...changed, flow: { ...changed.flow, settled: { destination: true, source: true } } }
  return {
    ended: [
      { ...way, verdict: 'drop', by: text },
      { ...changed, verdict: 'accept' },
      { ...bound, verdict: 'accept' },
      { ...changed, verdict: 'return' },
    ],
    live: [changed],
  }
}
