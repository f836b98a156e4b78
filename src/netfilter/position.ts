import type { Action } from './action.js'
import type { Condition } from './condition.js'
import { disjoint } from './disjoint.js'
import type { IptablesLine, IptablesTable } from './iptables-table.js'

export interface Position {
  /** Where the rule stands in its chain. */
  readonly index: number
  /** What it is there to do to its packets. */
  readonly end: 'drop' | 'accept'
  /** The packets it is there for, where it matches more than those. */
  readonly packets?: readonly Condition[]
}

/**
 * The first line before the rule that may bring its packets to another end: accept what it is there to drop (or drop
 * what it is there to accept), leave the chain with it, send it where that could happen, or make another packet of it.
 * null: none; then the rule stands in its place, whatever number that is. Unsure counts as may.
 */
export function blockerOf(table: IptablesTable, chain: string, position: Position): IptablesLine | null {
  const { index, end } = position
  const text = table.chains.get(chain)
  const rule = text?.lines[index]?.rule
  if (text === undefined || rule === undefined) return null
  const packets = position.packets ?? rule.conditions
  // Leaving a built-in chain is its policy.
  const leaves = text.policy !== (end === 'drop' ? 'DROP' : 'ACCEPT')
  const place = { table, end, leaves, passed: new Set<string>() }
  return text.lines.slice(0, index).find(line => takes(line.rule, packets, place)) ?? null
}

interface Place {
  readonly table: IptablesTable
  readonly end: 'drop' | 'accept'
  /** Leaving the chain that is looked at takes the packet past the rule. */
  readonly leaves: boolean
  /** Chains already looked through: each once. */
  readonly passed: Set<string>
}

const takes = (rule: IptablesLine['rule'], packets: readonly Condition[], place: Place): boolean =>
  !disjoint(rule.conditions, packets) && mayTake(rule.action, packets, place)

function mayTake(action: Action, packets: readonly Condition[], place: Place): boolean {
  switch (action.kind) {
    case 'continue':
      return false
    case 'drop':
    case 'reject':
      return place.end === 'accept'
    case 'accept':
      return place.end === 'drop'
    case 'dnat':
    case 'snat':
    case 'unknown':
    // Only nft writes these two, and rules of iptables are what is asked for.
    case 'sequence':
    case 'choose':
      return true
    case 'return':
      return place.leaves
    case 'mark':
      return packets.some(({ on }) => on === 'mark' || on === 'unknown')
    case 'notrack':
      return packets.some(({ on }) => on === 'state' || on === 'direction' || on === 'unknown')
    case 'jump':
      return mayPass(action.chain, packets, { ...place, leaves: false })
    case 'goto':
      // What comes back from there goes on behind the chain it left.
      return place.leaves || mayPass(action.chain, packets, { ...place, leaves: false })
  }
}

/** Could the chain do anything with such packets but bring them to the same end or give them back? */
function mayPass(chain: string, packets: readonly Condition[], place: Place): boolean {
  const lines = place.table.chains.get(chain)?.lines
  if (lines === undefined) return true
  if (place.passed.has(chain)) return false
  place.passed.add(chain)
  return lines.some(line => takes(line.rule, packets, place))
}
