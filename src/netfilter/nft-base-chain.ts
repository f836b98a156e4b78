import type { IpFamily } from '../model/facts.js'
import type { Action } from './action.js'
import type { Condition } from './condition.js'
import type { NftChain } from './nft-table.js'
import type { BaseChain, Hook, Rule } from './ruleset.js'

/** The chain as the kernel calls it; none for a chain without a hook, and for ARP, which no IP packet passes. */
export function nftBaseChain(
  chain: NftChain,
  chains: ReadonlyMap<string, readonly Rule[]>,
): readonly BaseChain[] {
  const { base, name } = chain
  if (base === null || chain.family === 'arp') return []
  const families = ipFamiliesOf[chain.family]
  const rules = chains.get(name) ?? []
  const table = `${chain.family} ${chain.table}`
  if (families === undefined || !isHook(base.hook)) {
    const harmless = base.policy === 'accept' && !mayStop(rules, chains, new Set())
    return harmless ? [] : [elsewhere(chain, base)]
  }
  const type = base.type === 'nat' || base.type === 'route' ? base.type : 'filter'
  return [
    { table, name, families, type, hook: base.hook, priority: base.prio, policy: base.policy, rules, chains },
  ]
}

const ipFamiliesOf: Readonly<Partial<Record<string, readonly IpFamily[]>>> = {
  ip: ['ipv4'],
  ip6: ['ipv6'],
  inet: ['ipv4', 'ipv6'],
}
const isHook = (hook: string): hook is Hook =>
  ['prerouting', 'input', 'forward', 'output', 'postrouting'].includes(hook)

function mayStop(
  rules: readonly Rule[],
  chains: ReadonlyMap<string, readonly Rule[]>,
  seen: ReadonlySet<string>,
): boolean {
  const stops = (action: Action): boolean => {
    if (action.kind === 'accept' || action.kind === 'return' || action.kind === 'continue') return false
    if (action.kind === 'sequence') return action.steps.some(stops)
    if (action.kind === 'choose') return action.from.some(choice => stops(choice.action))
    if (action.kind !== 'jump' && action.kind !== 'goto') return true
    const inside = chains.get(action.chain)
    return (
      inside === undefined ||
      (!seen.has(action.chain) && mayStop(inside, chains, new Set([...seen, action.chain])))
    )
  }
  return rules.some(rule => stops(rule.action))
}

/** Bridge and netdev chains see frames, whose way is not walked: a packet there may be dropped. */
function elsewhere(chain: NftChain, base: NonNullable<NftChain['base']>): BaseChain {
  const text = `chain ${chain.name} of ${chain.family} ${chain.table} at ${base.hook}, which sees frames`
  const leaving = base.hook === 'egress' || base.hook === 'output' || base.hook === 'postrouting'
  const names: readonly Condition[] =
    base.devices.length === 0 ? [] : [{ on: leaving ? 'out' : 'in', negated: false, names: base.devices }]
  const conditions = [...names, { on: 'unknown', negated: false, text } as const]
  return maybe(chain, leaving ? 'postrouting' : 'prerouting', { text, conditions, action: { kind: 'drop' } })
}

/** A flowtable carries packets of established connections past every chain that is walked here. */
export function foreignHooks(
  table: { family: string; name: string },
  flowtables: readonly string[],
): readonly BaseChain[] {
  return flowtables.map(name => {
    const text = `flowtable ${name}, which lets established connections pass by`
    const conditions = [
      { on: 'syn', negated: true } as const,
      { on: 'unknown', negated: false, text } as const,
    ]
    const chain = { family: table.family, table: table.name, name }
    return maybe(chain, 'prerouting', { text, conditions, action: { kind: 'unknown', text } })
  })
}

const maybe = (chain: Pick<NftChain, 'family' | 'table' | 'name'>, hook: Hook, rule: Rule): BaseChain => ({
  table: `${chain.family} ${chain.table}`,
  name: chain.name,
  families: ['ipv4', 'ipv6'],
  type: 'filter',
  hook,
  priority: -2_147_483_648,
  policy: 'accept',
  rules: [rule],
  chains: new Map(),
})
