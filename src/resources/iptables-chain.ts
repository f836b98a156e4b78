import { CommandError } from '../model/errors.js'
import type { IptablesChain } from '../model/resource.js'
import { lockHint } from '../netfilter/lock-hint.js'
import type { IptablesTable } from '../netfilter/iptables-table.js'
import type { ResourceKind } from './kind.js'

/** A chain whose contents belong to others. States: "present", null. One that is not wanted is theirs as soon as anybody uses it. */
export const iptablesChain: ResourceKind<IptablesChain> = {
  id: resource =>
    `${resource.family === 'ipv4' ? 'iptables' : 'ip6tables'} ${resource.table}/${resource.chain} chain`,

  async read({ family, table, chain }, look, wanted) {
    const standing = await look.iptables(family, table)
    if (!standing.chains.has(chain)) return null
    return wanted === null && isUsed(standing, chain) ? null : 'present'
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      const file = resource.family === 'ipv4' ? 'iptables' : 'ip6tables'
      const args = ['-w', '5', '-t', resource.table]
      if (state === null) {
        // Refused by the kernel where somebody has come to use it.
        await host.run({ file, args: [...args, '-X', resource.chain], timeoutMs: 8000 })
        continue
      }
      const made = await host.run({ file, args: [...args, '-N', resource.chain], timeoutMs: 8000 })
      if (made.exitCode === 0) continue
      // Docker may have made it since we looked.
      const command = { file, args: [...args, '-S', resource.chain], timeoutMs: 8000 }
      const shown = await host.run(command)
      if (shown.exitCode !== 0)
        throw new CommandError({ file, args: [...args, '-N', resource.chain] }, made, lockHint(made.exitCode))
    }
  },
}

const isUsed = ({ chains }: IptablesTable, chain: string): boolean =>
  chains.get(chain)?.lines.length !== 0 ||
  [...chains.values()].some(({ lines }) => lines.some(({ tokens }) => tokens.includes(chain)))
