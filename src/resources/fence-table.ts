import { fenceHooks, fences, type FenceChainName, type FenceTable } from '../model/resource.js'
import type { NftRule } from '../netfilter/nft-table.js'

export const fenceTables = Object.keys(fences) as readonly FenceTable[]

/**
 * Before everything that Docker, firewalld or a person hooks in: raw is -300, conntrack -200, filter 0
 * (linux/netfilter_ipv4.h). At prerouting a packet still has the address it was sent to.
 */
export const fencePriority = -310

/** What a chain is declared as. */
export const declaration = (chain: FenceChainName, priority = fencePriority): string =>
  isBase(chain) ? `type filter hook ${chain} priority ${priority}; policy accept` : 'jumped to'

export const isBase = (chain: FenceChainName): boolean => fenceHooks.some(hook => hook === chain)

/** The name of the counter, which is the name of the rule. */
export const nameIn = (text: string): string | null => / counter name "([^"]+)"/.exec(` ${text}`)?.[1] ?? null

/**
 * Ours: tagged, named, and harmless, whatever its text. Anything else in the table could let packets past our drops.
 * To return is to leave a base chain, but only to go on behind the jump that led to another.
 */
export function isOurs(rule: NftRule): boolean {
  const { kind } = rule.rule.action
  const isHarmless =
    kind === 'drop' ||
    kind === 'continue' ||
    (fenceHooks.some(hook => hook === rule.chain) ? kind === 'jump' : kind === 'return')
  return rule.comment?.startsWith('taskfence-') === true && nameIn(rule.text) !== null && isHarmless
}
