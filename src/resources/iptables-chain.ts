import { CommandError } from '../model/errors.js'
import type { IptablesChain } from '../model/resource.js'
import type { ResourceKind } from './kind.js'

/** A chain whose contents belong to others. States: "present", null. It is made, and never removed: others may use it by then. */
export const iptablesChain: ResourceKind<IptablesChain> = {
  id: resource =>
    `${resource.family === 'ipv4' ? 'iptables' : 'ip6tables'} ${resource.table}/${resource.chain} chain`,

  async read(resource, look) {
    const table = await look.iptables(resource.family, resource.table)
    return table.chains.has(resource.chain) ? 'present' : null
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      if (state === null) continue
      const file = resource.family === 'ipv4' ? 'iptables' : 'ip6tables'
      const args = ['-w', '5', '-t', resource.table]
      const made = await host.run({ file, args: [...args, '-N', resource.chain], timeoutMs: 8000 })
      if (made.exitCode === 0) continue
      // Docker may have made it since we looked.
      const command = { file, args: [...args, '-S', resource.chain], timeoutMs: 8000 }
      const shown = await host.run(command)
      if (shown.exitCode !== 0) throw new CommandError({ file, args: [...args, '-N', resource.chain] }, made)
    }
  },
}
