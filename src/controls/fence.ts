import type { Desired } from '../model/desired.js'
import type { Facts, NftExpression } from '../model/facts.js'
import type { Mode } from '../model/policy.js'
import type { FenceChainName, FenceTable } from '../model/resource.js'
import { declaration, isBase } from '../resources/fence-table.js'

/** An nft that could not be told is taken to work: what it was to close is then unknown, not left to weaker rules. */
export const hasFence = (facts: Facts): boolean =>
  facts.nft === null ? facts.unknown.nft !== undefined : facts.nft.usable

export const nftKnows = (facts: Facts, expression: NftExpression): boolean =>
  hasFence(facts) && (facts.nft?.expressions.includes(expression) ?? true)

/** The chain that a rule by hand needs first. */
export const chainByHand = (chain: FenceChainName, table: FenceTable = 'taskfence'): readonly string[] => [
  `nft add table inet ${table}`,
  isBase(chain)
    ? `nft add chain inet ${table} ${chain} '{ ${declaration(chain)}; }'`
    : `nft add chain inet ${table} ${chain}`,
]

/** The comment that marks what a control wrote. */
export const tagOf = (control: string): string => `taskfence-${control}`

/** A drop in the fence, with the chain it needs. In "observe" it counts and drops nothing. */
export const fenceDrop = (
  control: string,
  mode: Mode,
  chain: FenceChainName,
  name: string,
  match: string,
  table: FenceTable = 'taskfence',
): readonly Desired[] => fenceRule(control, chain, name, match, mode === 'observe' ? '' : 'drop', table)

/** A rule of the fence, with the chain it needs. */
export function fenceRule(
  control: string,
  chain: FenceChainName,
  name: string,
  match: string,
  verdict: string,
  table: FenceTable = 'taskfence',
): readonly Desired[] {
  const words = [match, `counter name "${name}"`, verdict].filter(word => word !== '')
  return [
    { resource: { kind: 'fence-chain', table, chain }, state: declaration(chain) },
    { resource: { kind: 'fence-rule', table, chain, name, tag: tagOf(control) }, state: words.join(' ') },
  ]
}

/** What stands of a rule that is not wanted here goes. */
export const noFenceRule = (
  control: string,
  chain: FenceChainName,
  name: string,
  table: FenceTable,
): readonly Desired[] => [
  { resource: { kind: 'fence-rule', table, chain, name, tag: tagOf(control) }, state: null },
]
