import type { IpFamily } from '../model/facts.js'
import type { BaseChain, Hook, Ruleset } from '../netfilter/ruleset.js'

/** A place between the host's chains where a packet that passes is counted. */
export interface Point {
  readonly hook: Hook
  readonly priority: number
  /** The chains between this point and the hook's next one; after the last there are none. */
  readonly before: readonly BaseChain[]
}

export const hooks: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting']

/** Before and after everything that the kernel or anybody hooks in, its own probers apart. */
const earliest = -2_000_000_000
const latest = 2_000_000_000

export const bracketPrefix = 'taskfence_prove_'

/**
 * One point at a hook's beginning, one right before each priority at which chains of the host stand, one at its end: a
 * packet counted by one point and not by the next met its end between them. Pure.
 */
export function pointsOf(ruleset: Ruleset): readonly Point[] {
  return hooks.flatMap(hook => {
    const chains = ruleset.chains.filter(chain => chain.hook === hook && !chain.table.includes(bracketPrefix))
    const priorities = [...new Set(chains.map(chain => chain.priority))].sort((a, b) => a - b)
    // Next door to another priority there is no room for a point: then two share the space between two points.
    const cuts = priorities
      .filter(priority => !priorities.includes(priority - 1))
      .map(priority => priority - 1)
    const places = [earliest, ...cuts, latest]
    return places.map((priority, index) => ({
      hook,
      priority,
      before: chains.filter(
        chain => chain.priority > priority && chain.priority < (places[index + 1] ?? Infinity),
      ),
    }))
  })
}

/** The chains a packet of the family meets there, in words: "inet taskfence forward". */
export const chainsAt = (point: Point, family: IpFamily): readonly string[] =>
  point.before.filter(chain => chain.families.includes(family)).map(chain => `${chain.table} ${chain.name}`)
