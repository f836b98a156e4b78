import type { Host } from '../host/host.js'
import type { Look } from '../look/look.js'
import { CommandError } from '../model/errors.js'
import type { Facts, IpFamily } from '../model/facts.js'
import { ipFamilies } from '../model/facts.js'
import type { Hook } from '../netfilter/ruleset.js'
import { fenceTable, nameIn } from '../resources/fence-table.js'
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
    facts.nft?.usable === true ? countersOf(`inet ${fenceTable}`, host) : new Map<string, number>(),
    ...ipFamilies.map(family => literal(facts, family, host)),
  ])
  return { fence, literal: { ipv4: ipv4 ?? new Map(), ipv6: ipv6 ?? new Map() } }
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

/** The fence's rules that drop, by hook: names of their counters, and what they match. */
export async function fenceDrops(look: Look): Promise<readonly FenceDrop[]> {
  const table = look.facts.nft?.usable === true ? await look.nft('inet', fenceTable) : null
  return (table?.rules ?? []).flatMap(({ chain, text, rule }) => {
    const name = nameIn(text)
    return name === null || rule.action.kind !== 'drop' ? [] : [{ hook: chain as Hook, name, text }]
  })
}

export interface FenceDrop {
  readonly hook: Hook
  readonly name: string
  readonly text: string
}
