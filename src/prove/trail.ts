import type { IpFamily } from '../model/facts.js'
import type { Hook } from '../netfilter/ruleset.js'
import { arrivalOf, counterOf } from './bracket-text.js'
import { chainsAt, type Point } from './points.js'

/** How far the first packet of a connection came. */
export type Trail =
  /** It was never seen. */
  | { readonly end: 'absent' }
  /** Between two points of a hook. */
  | {
      readonly end: 'vanished'
      readonly hook: Hook
      readonly priorities: string
      readonly chains: readonly string[]
    }
  /** After all of a hook's chains and before any of the next: the kernel's own routing. */
  | { readonly end: 'unrouted'; readonly after: Hook }
  /** To the host's own sockets, past the last chain. */
  | { readonly end: 'local'; readonly arrived: boolean }
  /** Out of the host, past the last chain. */
  | { readonly end: 'left' }

/** Pure. `counts`: packets by counter name. */
export function trailOf(
  index: number,
  { family, fromHost }: { readonly family: IpFamily; readonly fromHost: boolean },
  points: readonly Point[],
  counts: ReadonlyMap<string, number>,
): Trail {
  const seen = points.map((_, at) => (counts.get(counterOf(index, at)) ?? 0) > 0)
  const entered = (hook: Hook) => points.some((point, at) => point.hook === hook && seen[at] === true)
  const through = (hook: Hook): Trail | undefined => {
    const at = points.findIndex(
      (point, here) =>
        point.hook === hook && seen[here] === true && points[here + 1]?.hook === hook && !seen[here + 1],
    )
    const point = points[at]
    if (point === undefined) return undefined
    return { end: 'vanished', hook, priorities: range(point), chains: chainsAt(point, family) }
  }
  const inward = (): Trail => {
    if (!entered('prerouting')) return { end: 'absent' }
    const lost = through('prerouting')
    if (lost !== undefined) return lost
    if (entered('input'))
      return through('input') ?? { end: 'local', arrived: (counts.get(arrivalOf(index)) ?? 0) > 0 }
    if (!entered('forward')) return { end: 'unrouted', after: 'prerouting' }
    return through('forward') ?? outward('forward')
  }
  const outward = (after: Hook): Trail =>
    entered('postrouting') ? (through('postrouting') ?? { end: 'left' }) : { end: 'unrouted', after }

  if (!fromHost) return inward()
  if (!entered('output')) return { end: 'absent' }
  const lost = through('output')
  if (lost !== undefined) return lost
  const out = outward('output')
  return out.end === 'left' && entered('prerouting') ? inward() : out
}

/** "0", or "-100 to 0". */
function range({ before }: Point): string {
  const priorities = before.map(chain => chain.priority)
  const [low, high] = [Math.min(...priorities), Math.max(...priorities)]
  return before.length === 0 ? '' : low === high ? String(low) : `${low} to ${high}`
}
