import type { Host } from '../host/host.js'
import { readNft } from '../look/read-nft.js'
import { CommandError } from '../model/errors.js'
import {
  fences,
  type FenceChain,
  type FenceChainName,
  type FenceRule,
  type FenceTable,
} from '../model/resource.js'
import type { NftRule, NftTable } from '../netfilter/nft-table.js'
import { declaration, fencePriority, isBase, isOurs, nameIn } from './fence-table.js'
import type { Write } from './kind.js'

type FenceWrite = Write<FenceChain | FenceRule>

/**
 * All writes of a plan to one table in one transaction that flushes and refills the chains it touches. The table is never
 * deleted: replacing a whole table lets single packets slip between the old and the new one. Rules of ours that the
 * writes do not name are put back as they stand; named counters and sets keep their figures.
 */
export async function writeFence(writes: readonly FenceWrite[], host: Host): Promise<void> {
  const [first] = writes
  if (first === undefined) return
  const { table } = first.resource
  const input = transaction(table, await readNft(host, 'inet', table), writes)
  if (input === '') return
  const command = { file: 'nft', args: ['-f', '-'], input }
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result)
}

/** How a table is made, where it is not one of ours itself. */
export interface Making {
  readonly name: string
  readonly priority: number
  readonly flags: string
}

/** Empty where there is nothing to write: taking a rule away makes no table. */
export function transaction(
  table: FenceTable,
  now: NftTable | null,
  writes: readonly FenceWrite[],
  making: Making = { name: table, priority: fencePriority, flags: '' },
): string {
  const chains = fences[table].filter(chain =>
    writes.some(({ resource, state }) => resource.chain === chain && (state !== null || stands(now, chain))),
  )
  if (chains.length === 0) return ''
  const refilled = chains.map(chain => ({ chain, rules: rulesAfter(chain, now, writes) }))
  const rules = refilled.flatMap(({ rules }) => rules)
  const name = `inet ${making.name}`
  return [
    `add table ${name}${making.flags}`,
    // Before any flush, after which their handles are gone.
    ...(now?.rules ?? [])
      .filter(rule => isStray(rule, writes))
      .map(({ chain, handle }) => `delete rule ${name} ${chain} handle ${handle}`),
    ...rules.map(rule => `add counter ${name} ${rule.name}`),
    ...rules.flatMap(rule => setsIn(rule.text)).map(set => `add set ${name} ${set} { ${askers}; }`),
    // All chains before any rule: a rule may jump to one that comes later.
    ...chains.flatMap(chain => declare(name, chain, making.priority, now)),
    ...refilled.flatMap(({ chain, rules }) => [
      `flush chain ${name} ${chain}`,
      ...rules.map(({ text, tag }) => `add rule ${name} ${chain} ${text} comment "${tag}"`),
    ]),
    '',
  ].join('\n')
}

/** Sets that a rule adds the sender's cgroup to; each counts packets by cgroup and forgets who has not sent for a day. */
const setsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\bupdate @(\w+) \{ socket cgroupv2 /g)].flatMap(found => found[1] ?? [])
const askers = 'type cgroupsv2; size 65535; flags dynamic,timeout; timeout 1d; counter'

const stands = (now: NftTable | null, chain: FenceChainName): boolean =>
  now?.rules.some(rule => rule.chain === chain) === true ||
  now?.baseChains.some(base => base.name === chain) === true

/** A copy of a rule that is written, in a chain where it does not belong. */
const isStray = (rule: NftRule, writes: readonly FenceWrite[]): boolean =>
  writes.some(
    ({ resource }) =>
      resource.kind === 'fence-rule' && resource.name === nameIn(rule.text) && resource.chain !== rule.chain,
  )

function declare(
  table: string,
  chain: FenceChainName,
  priority: number,
  now: NftTable | null,
): readonly string[] {
  const name = `${table} ${chain}`
  if (!isBase(chain)) return [`add chain ${name}`]
  const standing = now?.baseChains.find(base => base.name === chain)
  const misplaced = standing !== undefined && (standing.hook !== chain || standing.priority !== priority)
  return [
    ...(misplaced ? [`flush chain ${name}`, `delete chain ${name}`] : []),
    `add chain ${name} { ${declaration(chain, priority)}; }`,
  ]
}

interface WrittenRule {
  readonly name: string
  readonly text: string
  readonly tag: string
}

/** What stands and is ours, with the writes laid over it; in order of name, so that running twice writes the same. */
function rulesAfter(
  chain: FenceChainName,
  now: NftTable | null,
  writes: readonly FenceWrite[],
): readonly WrittenRule[] {
  const rules = new Map<string, WrittenRule>()
  for (const rule of now?.rules ?? []) {
    const name = nameIn(rule.text)
    if (rule.chain === chain && name !== null && isOurs(rule) && !isStray(rule, writes))
      rules.set(name, { name, text: rule.text, tag: rule.comment ?? '' })
  }
  for (const { resource, state } of writes) {
    if (resource.kind !== 'fence-rule' || resource.chain !== chain) continue
    if (state === null) rules.delete(resource.name)
    else rules.set(resource.name, { name: resource.name, text: state, tag: resource.tag })
  }
  return [...rules.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
