import type { Look } from '../look/look.js'
import { fences, type FenceRule } from '../model/resource.js'
import { levelsIn } from '../netfilter/cgroup-levels.js'
import { parseNftTables } from '../netfilter/parse-nft.js'
import { declaration, isBase, nameIn } from './fence-table.js'
import { transaction, writeFence } from './fence-write.js'
import type { ResourceKind } from './kind.js'

/** A rule of the fence. Its state is its text. */
export const fenceRule: ResourceKind<FenceRule> = {
  id: resource => `nft inet ${resource.table} ${resource.chain} ${resource.name}`,

  async read(resource, look, wanted) {
    const table = await look.nft('inet', resource.table)
    const copies = (table?.rules ?? []).filter(rule => nameIn(rule.text) === resource.name)
    const first = copies[0]
    if (first === undefined) return null
    if (copies.length > 1) return `duplicated: ${copies.map(rule => rule.text).join(' | ')}`
    if (first.chain !== resource.chain) return `in chain ${first.chain}: ${first.text}`
    if (first.comment !== resource.tag) return `${first.text} (comment ${JSON.stringify(first.comment)})`
    if (wanted === null || first.text === wanted) return first.text
    return (await spelledHere(resource, wanted, look)) === first.text ? wanted : first.text
  },

  batch: resource => `inet ${resource.table}`,
  write: writeFence,
}

/** Versions of nft print the same rule differently: what this one makes of the wanted text, in a network namespace that is gone at once. */
async function spelledHere(resource: FenceRule, wanted: string, look: Look): Promise<string | null> {
  const { table } = resource
  // It may jump to a chain of its own.
  const jumpedTo = fences[table]
    .filter(chain => !isBase(chain))
    .map(chain => ({ resource: { kind: 'fence-chain', table, chain } as const, state: declaration(chain) }))
  const load = transaction(table, null, [...jumpedTo, { resource, state: wanted }])
  const input = `${load.trim().split('\n').join('; ')}\nlist table inet ${table}\n`
  const result = await look.host.run({ file: 'unshare', args: ['--net', '--', 'nft', '-j', '-i'], input })
  const listed = result.stdout.split('\n').find(line => line.includes('"nftables"'))
  if (result.exitCode !== 0 || listed === undefined) return null
  const [rule] = parseNftTables(listed)[0]?.rules ?? []
  const levels = new Map([[rule?.handle ?? 0, levelsIn(wanted)]])
  return parseNftTables(listed, levels)[0]?.rules[0]?.text ?? null
}
