import type { FenceChain } from '../model/resource.js'
import { declaration, fencePriority, fenceTable, isOurs, writeFence } from './fence-table.js'
import type { ResourceKind } from './kind.js'

/**
 * A base chain of the fence. Its state is its declaration, and what is in it that is not ours: an "accept" there would
 * let packets past our drops.
 */
export const fenceChain: ResourceKind<FenceChain> = {
  id: resource => `nft inet ${fenceTable} ${resource.hook} chain`,

  async read(resource, look) {
    const table = await look.nft('inet', fenceTable)
    const chain = table?.baseChains.find(base => base.name === resource.hook)
    if (table === null || chain === undefined) return null
    const declared =
      chain.hook === resource.hook && chain.priority === fencePriority && chain.policy === 'accept'
        ? declaration(resource.hook)
        : `type ${chain.type} hook ${chain.hook} priority ${chain.priority}; policy ${chain.policy}`
    const strangers = table.rules.filter(rule => rule.chain === resource.hook && !isOurs(rule))
    return [declared, ...strangers.map(rule => `not ours: ${rule.text}`)].join('; ')
  },

  batch: () => `inet ${fenceTable}`,
  write: writeFence,
}
