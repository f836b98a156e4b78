import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import { fenceHooks, type FenceChain, type FenceHook, type FenceRule } from '../model/resource.js'
import type { NftRule, NftTable } from '../netfilter/nft-table.js'
import { parseNftTables } from '../netfilter/parse-nft.js'
import type { Write } from './kind.js'

/**
 * Before everything that Docker, firewalld or a person hooks in: raw is -300, conntrack -200, filter 0
 * (linux/netfilter_ipv4.h). At prerouting a packet still has the address it was sent to.
 */
export const fencePriority = -310
export const fenceTable = 'taskfence'
export const declaration = (hook: FenceHook): string =>
  `type filter hook ${hook} priority ${fencePriority}; policy accept`

/** The name of the counter, which is the name of the rule. */
export const nameIn = (text: string): string | null => / counter name "([^"]+)"/.exec(` ${text}`)?.[1] ?? null

/** Ours: tagged, named, and only able to count or drop. Anything else in the table could let packets past our drops. */
export const isOurs = (rule: NftRule): boolean =>
  rule.comment?.startsWith('taskfence-') === true &&
  nameIn(rule.text) !== null &&
  (rule.rule.action.kind === 'drop' || rule.rule.action.kind === 'continue')

/**
 * All writes of a plan in one transaction that flushes and refills the chains it touches. The table is never deleted:
 * replacing a whole table lets single packets slip between the old and the new one. Rules of ours that the writes do
 * not name are put back as they stand; named counters keep their figures.
 */
export async function writeFence(
  writes: readonly Write<FenceChain | FenceRule>[],
  host: Host,
): Promise<void> {
  const input = transaction(await readTable(host), writes)
  if (input === '') return
  const command = { file: 'nft', args: ['-f', '-'], input }
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result)
}

async function readTable(host: Host): Promise<NftTable | null> {
  const command = { file: 'nft', args: ['-j', 'list', 'table', 'inet', fenceTable] }
  const result = await host.run(command)
  if (result.exitCode === 0) return parseNftTables(result.stdout)[0] ?? null
  if (result.stderr.includes('No such file or directory')) return null
  throw new CommandError(command, result)
}

/** Empty where there is nothing to write: taking a rule away makes no table. */
export function transaction(now: NftTable | null, writes: readonly Write<FenceChain | FenceRule>[]): string {
  const stands = (hook: FenceHook) => now?.baseChains.some(chain => chain.name === hook) === true
  const hooks = fenceHooks.filter(hook =>
    writes.some(({ resource, state }) => resource.hook === hook && (state !== null || stands(hook))),
  )
  if (hooks.length === 0) return ''
  // Before any flush, after which their handles are gone.
  const strays = (now?.rules ?? []).filter(rule => isStray(rule, writes))
  return [
    `add table inet ${fenceTable}`,
    ...strays.map(({ chain, handle }) => `delete rule inet ${fenceTable} ${chain} handle ${handle}`),
    ...hooks.flatMap(hook => refill(hook, now, writes)),
    '',
  ].join('\n')
}

/** A copy of a rule that is written, in a chain where it does not belong. */
const isStray = (rule: NftRule, writes: readonly Write<FenceChain | FenceRule>[]): boolean =>
  writes.some(
    ({ resource }) =>
      resource.kind === 'fence-rule' && resource.name === nameIn(rule.text) && resource.hook !== rule.chain,
  )

interface WrittenRule {
  readonly name: string
  readonly text: string
  readonly tag: string
}

function refill(
  hook: FenceHook,
  now: NftTable | null,
  writes: readonly Write<FenceChain | FenceRule>[],
): readonly string[] {
  const rules = rulesAfter(hook, now, writes)
  const standing = now?.baseChains.find(chain => chain.name === hook)
  const chain = `inet ${fenceTable} ${hook}`
  const wrongHook = standing !== undefined && (standing.hook !== hook || standing.priority !== fencePriority)
  return [
    ...rules.map(rule => `add counter inet ${fenceTable} ${rule.name}`),
    ...(wrongHook ? [`flush chain ${chain}`, `delete chain ${chain}`] : []),
    `add chain ${chain} { ${declaration(hook)}; }`,
    `flush chain ${chain}`,
    ...rules.map(rule => `add rule ${chain} ${rule.text} comment "${rule.tag}"`),
  ]
}

/** What stands and is ours, with the writes laid over it; in order of name, so that running twice writes the same. */
function rulesAfter(
  hook: FenceHook,
  now: NftTable | null,
  writes: readonly Write<FenceChain | FenceRule>[],
): readonly WrittenRule[] {
  const rules = new Map<string, WrittenRule>()
  for (const rule of now?.rules ?? []) {
    const name = nameIn(rule.text)
    if (rule.chain === hook && name !== null && isOurs(rule) && !isStray(rule, writes))
      rules.set(name, { name, text: rule.text, tag: rule.comment ?? '' })
  }
  for (const { resource, state } of writes) {
    if (resource.kind !== 'fence-rule' || resource.hook !== hook) continue
    if (state === null) rules.delete(resource.name)
    else rules.set(resource.name, { name: resource.name, text: state, tag: resource.tag })
  }
  return [...rules.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
