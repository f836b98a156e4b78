import type { FenceChain } from '../model/resource.js'
import type { NftTable } from '../netfilter/nft-table.js'
import { isOurs } from './fence-table.js'
import { writeFence } from './fence-write.js'
import type { ResourceKind } from './kind.js'

/**
 * A chain of the fence. Its state is its declaration, and what is in it that is not ours: an "accept" there would let
 * packets past our drops.
 */
export const fenceChain: ResourceKind<FenceChain> = {
  id: resource => `nft inet ${resource.table} ${resource.chain} chain`,

  async read(resource, look) {
    const table = await look.nft('inet', resource.table)
    if (!table?.chains.includes(resource.chain)) return null
    const strangers = table.rules.filter(rule => rule.chain === resource.chain && !isOurs(rule))
    return [declared(resource, table), ...strangers.map(rule => `not ours: ${rule.text}`)].join('; ')
  },

  batch: resource => `inet ${resource.table}`,
  write: writeFence,
}

/** A chain of a dormant table is there and hooks nothing. */
function declared({ chain: name }: FenceChain, table: NftTable): string {
  if (table.isDormant) return 'dormant'
  const base = table.baseChains.find(chain => chain.name === name)
  if (base === undefined) return 'jumped to'
  return `type ${base.type} hook ${base.hook} priority ${base.priority}; policy ${base.policy}`
}
