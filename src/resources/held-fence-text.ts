import { heldFences, type FenceTable } from '../model/resource.js'
import type { FileRule } from './fence-file-text.js'
import { fencePriority } from './fence-table.js'
import { transaction } from './fence-write.js'

/** Behind the fence, so that it counts only what the fence let past; with room between for a place where `prove` counts. */
const heldPriority = fencePriority + 2

/**
 * The same rules in a table of its maker's own, as one line for `nft -i`, which is one transaction. Where its maker sends
 * it again it replaces what stands, `before`. Empty where nothing drops.
 */
export function heldFenceText(
  table: FenceTable,
  rules: readonly FileRule[],
  before: readonly FileRule[] = [],
): string {
  const own = rules.filter(({ resource }) => resource.table === table)
  if (!own.some(({ state }) => / drop$/.test(state))) return ''
  const name = heldFences[table]
  const text = transaction(table, null, own, { name, priority: heldPriority, flags: ' { flags owner; }' })
  const chains = new Set(own.map(({ resource }) => resource.chain))
  const left = new Set(
    before
      .map(({ resource }) => resource)
      .flatMap(resource => (resource.table === table ? [resource.chain] : [])),
  )
  const emptied = [...left]
    .filter(chain => !chains.has(chain))
    .map(chain => `flush chain inet ${name} ${chain}`)
  return [...text.trim().split('\n'), ...emptied].join('; ')
}
