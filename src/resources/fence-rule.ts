import type { Look } from '../look/look.js'
import type { FenceRule } from '../model/resource.js'
import { parseNftTables } from '../netfilter/parse-nft.js'
import { declaration, fenceTable, nameIn } from './fence-table.js'
import { transaction, writeFence } from './fence-write.js'
import type { ResourceKind } from './kind.js'

/** A rule of the fence. Its state is its text. */
export const fenceRule: ResourceKind<FenceRule> = {
  id: resource => `nft inet ${fenceTable} ${resource.chain} ${resource.name}`,

  async read(resource, look, wanted) {
    const table = await look.nft('inet', fenceTable)
    const copies = (table?.rules ?? []).filter(rule => nameIn(rule.text) === resource.name)
    const first = copies[0]
    if (first === undefined) return null
    if (copies.length > 1) return `duplicated: ${copies.map(rule => rule.text).join(' | ')}`
    if (first.chain !== resource.chain) return `in chain ${first.chain}: ${first.text}`
    if (first.comment !== resource.tag) return `${first.text} (comment ${JSON.stringify(first.comment)})`
    if (wanted === null || first.text === wanted) return first.text
    return (await spelledHere(resource, wanted, look)) === first.text ? wanted : first.text
  },

  batch: () => `inet ${fenceTable}`,
  write: writeFence,
}

/** Versions of nft print the same rule differently: what this one makes of the wanted text, in a network namespace that is gone at once. */
async function spelledHere(resource: FenceRule, wanted: string, look: Look): Promise<string | null> {
  // It may jump to a chain of its own.
  const jumpedTo = { kind: 'fence-chain', chain: 'credentials_guard' } as const
  const writes = [
    { resource: jumpedTo, state: declaration('credentials_guard') },
    { resource, state: wanted },
  ]
  const load = transaction(null, writes).trim().split('\n').join('; ')
  const input = `${load}\nlist table inet ${fenceTable}\n`
  const result = await look.host.run({ file: 'unshare', args: ['--net', '--', 'nft', '-j', '-i'], input })
  const listed = result.stdout.split('\n').find(line => line.includes('"nftables"'))
  if (result.exitCode !== 0 || listed === undefined) return null
  return parseNftTables(listed)[0]?.rules[0]?.text ?? null
}
