import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import type { IptablesRule } from '../model/resource.js'
import { parseIptables } from '../netfilter/parse-iptables.js'
import { stateIn, transaction } from './iptables-place.js'
import type { ResourceKind, Write } from './kind.js'

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
    // Somebody may change the table between our read and our transaction, which then fails as a whole.
    for (let attempt = 1; ; attempt++) {
      try {
        await transact(writes, host)
        return
      } catch (error) {
        if (attempt === 3 || !(error instanceof CommandError) || error.result?.exitCode !== 1) throw error
      }
    }
  },
}

const programs = {
  ipv4: { list: 'iptables', restore: 'iptables-restore' },
  ipv6: { list: 'ip6tables', restore: 'ip6tables-restore' },
} as const

/** One iptables-restore: the kernel takes all lines or none, so no moment lies between a delete and an insert. */
async function transact(writes: readonly Write<IptablesRule>[], host: Host): Promise<void> {
  const [first] = writes
  if (first === undefined) return
  const { family, table } = first.resource
  const list = { file: programs[family].list, args: ['-w', '5', '-t', table, '-S'], timeoutMs: 8000 }
  const listed = await host.run(list)
  if (listed.exitCode !== 0) throw new CommandError(list, listed)
  const lines = transaction(parseIptables(listed.stdout, family, table), writes)
  if (lines.length === 0) return
  // No ":CHAIN" line: --noflush would flush a user chain that is declared.
  const input = [`*${table}`, ...lines, 'COMMIT', ''].join('\n')
  const command = { file: programs[family].restore, args: ['-w', '5', '--noflush'], input, timeoutMs: 8000 }
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result)
}
