import type { Host } from '../host/host.js'
import type { Look } from '../look/look.js'
import { CommandError } from '../model/errors.js'
import type { Facts, IpFamily } from '../model/facts.js'
import { ipFamilies } from '../model/facts.js'
import type { NftTable } from '../netfilter/nft-table.js'
import type { Hook } from '../netfilter/ruleset.js'
import { fenceTables, nameIn } from '../resources/fence-table.js'
import { countersOf } from './bracket.js'

/** What our own rules have dropped so far. */
export interface Tally {
  /** Packets by counter of the fence. */
  readonly fence: ReadonlyMap<string, number>
  /** Packets by rule of DOCKER-USER that drops or rejects, as `iptables -S` prints it. */
  readonly literal: Readonly<Record<IpFamily, ReadonlyMap<string, number>>>
}

/** Reads only. */
export async function tally(facts: Facts, host: Host): Promise<Tally> {
  const [fence, ipv4, ipv6] = await Promise.all([
    facts.nft?.usable === true ? fenceCounters(host) : new Map<string, number>(),
    ...ipFamilies.map(family => literal(facts, family, host)),
  ])
  return { fence, literal: { ipv4: ipv4 ?? new Map(), ipv6: ipv6 ?? new Map() } }
}

/** A counter has its rule's name, which no other table of ours uses. */
async function fenceCounters(host: Host): Promise<ReadonlyMap<string, number>> {
  const tables = await Promise.all(fenceTables.map(table => countersOf(`inet ${table}`, host)))
  return new Map(tables.flatMap(counters => [...counters]))
}

async function literal(facts: Facts, family: IpFamily, host: Host): Promise<ReadonlyMap<string, number>> {
  const standing = facts.rules?.dockerUser[family] ?? 'no chain'
  if (standing === 'no chain' || facts.iptables?.families.includes(family) !== true) return new Map()
  const file = family === 'ipv4' ? 'iptables' : 'ip6tables'
  const command = { file, args: ['-w', '5', '-v', '-S', 'DOCKER-USER'], timeoutMs: 8000 }
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result)
  return parseCounted(result.stdout)
}

/** `iptables -v -S CHAIN`: "-c PACKETS BYTES" stands among the words of each rule. Rules that neither drop nor reject are left out. */
export const parseCounted = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text.split('\n').flatMap(line => {
      const counted = /^(-A .*?) -c (\d+) \d+(.*)$/.exec(line)
      if (counted === null || !/ -j (DROP|REJECT)\b/.test(line)) return []
      return [[`${counted[1] ?? ''}${counted[3] ?? ''}`, Number(counted[2])] as const]
    }),
  )

/** Names, with how far each moved. Only those that did. */
export const movedBetween = (
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> =>
  new Map(
    [...after].flatMap(([name, count]) => {
      const by = count - (before.get(name) ?? 0)
      return by > 0 ? [[name, by] as const] : []
    }),
  )

/** The fence's rules, by hook: names of their counters, and what they match. */
export async function fenceRules(look: Look): Promise<readonly FenceRule[]> {
  if (look.facts.nft?.usable !== true) return []
  const tables = await Promise.all(fenceTables.map(table => look.nft('inet', table)))
  return tables.flatMap(table => (table === null ? [] : rulesIn(table)))
}

function rulesIn({ rules }: NftTable): readonly FenceRule[] {
  const hookOf = (chain: string) =>
    rules.find(({ rule: { action } }) => action.kind === 'jump' && action.chain === chain)?.chain ?? chain
  return rules.flatMap(({ chain, text, rule }) => {
    const name = nameIn(text)
    if (name === null) return []
    return [{ hook: hookOf(chain) as Hook, name, text, drops: rule.action.kind === 'drop' }]
  })
}

export interface FenceRule {
  readonly hook: Hook
  readonly name: string
  readonly text: string
  readonly drops: boolean
}
