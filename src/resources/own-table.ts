import { CommandError } from '../model/errors.js'
import type { OwnTable } from '../model/trace.js'
import type { ResourceKind } from './kind.js'

/** A table of ours as one thing: its text, without figures and without what its sets have gathered. */
export const ownTable: ResourceKind<OwnTable> = {
  id: ({ table }) => `nft inet ${table}`,

  async read({ table }, { host }) {
    const command = { file: 'nft', args: ['-s', '-t', 'list', 'table', 'inet', table] }
    const result = await host.run(command)
    if (result.exitCode !== 0 && result.stderr.includes('No such file or directory')) return null
    if (result.exitCode !== 0) throw new CommandError(command, result)
    return result.stdout
  },

  batch: () => 'tables of taskfence',

  /** What goes, goes with all that is in it, in one transaction. */
  async write(writes, host) {
    const input = writes
      .map(({ resource: { table }, state }) =>
        [`add table inet ${table}`, `delete table inet ${table}`, state ?? ''].join('\n'),
      )
      .join('\n')
    const command = { file: 'nft', args: ['-f', '-'], input: `${input}\n` }
    const result = await host.run(command)
    if (result.exitCode !== 0) throw new CommandError(command, result)
  },
}
