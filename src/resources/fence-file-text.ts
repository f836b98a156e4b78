import type { FenceChainName, FenceRule, FenceTable } from '../model/resource.js'
import { nameIn } from './fence-table.js'
import { transaction } from './fence-write.js'

/** A rule of the fence, and its text. */
export interface FileRule {
  readonly resource: FenceRule
  readonly state: string
}

/**
 * What `nft -f` loads at boot: the same transaction that apply makes. It flushes and refills, so it may be loaded
 * again and again, and never deletes the table. A file for each table: what names a cgroup may fail to load, and takes the rest of
 * its file along. Empty without rules.
 */
export function fenceFileText(table: FenceTable, rules: readonly FileRule[]): string {
  const lines = transaction(table, null, rules)
  return lines === '' ? '' : `${header(table)}\n${lines}`
}

const header = (table: FenceTable): string => `# The fence of taskfence, loaded at boot by ${loaders[table]}.
# \`taskfence apply\` writes this file; an edit of it is drift. What it holds is told by the policy.`

const loaders = { taskfence: 'taskfence-fence.service', taskfence_host: 'taskfence-host.service' } as const

/** The rules in such a file; what is no rule of ours is passed over. */
export const parseFenceFile = (table: FenceTable, text: string): readonly FileRule[] =>
  text.split('\n').flatMap(line => {
    const [, of, chain, state = '', tag = ''] = ruleLine.exec(line) ?? []
    const name = nameIn(state)
    if (of !== table || chain === undefined || name === null) return []
    return [{ resource: { kind: 'fence-rule', table, chain: chain as FenceChainName, name, tag }, state }]
  })

const ruleLine = /^add rule inet (\w+) (\w+) (.+) comment "(taskfence-[\w-]+)"$/
