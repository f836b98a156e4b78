import type { IptablesRule } from '../model/resource.js'
import { stateIn, transaction } from './iptables-place.js'
import { programs, transact } from './iptables-transact.js'
import type { ResourceKind } from './kind.js'

/**
 * One rule among other people's. Compared as tokens without the comment, so an equal rule of somebody else counts
 * (ecs-init adds the same ones); only copies that carry our tag are ever deleted.
 */
export const iptablesRule: ResourceKind<IptablesRule> = {
  id: rule =>
    `${programs[rule.family].list} ${rule.table}/${rule.chain} ${[...rule.match, ...rule.target].join(' ')}`,

  async read(rule, look, wanted) {
    const state = stateIn(await look.iptables(rule.family, rule.table), rule)
    // Nothing of ours is wanted: a foreign copy is not ours to speak of.
    return wanted === null && state.ours.length === 0 ? null : state.words
  },

  batch: rule => `${rule.family} ${rule.table} ${rule.tag}`,

  async write(writes, host) {
    const [first] = writes
    if (first === undefined) return
    await transact(first.resource, now => transaction(now, writes), host)
  },
}
