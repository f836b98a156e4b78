import type { FenceChainName, FenceRule } from '../model/resource.js'
import { nameIn } from './fence-table.js'
import { transaction } from './fence-write.js'

/** What names a cgroup may fail to load, and would take the rest of the file along. */
const table = 'taskfence'

/** A rule of the fence, and its text. */
export interface FileRule {
  readonly resource: FenceRule
  readonly state: string
}

/**
 * What `nft -f` loads at boot: the same transaction that apply makes. It flushes and refills, so it may be loaded
 * again and again, and never deletes the table. Empty without rules.
 */
export function fenceFileText(rules: readonly FileRule[]): string {
  const lines = transaction(table, null, rules)
  return lines === '' ? '' : `${header}\n${lines}`
}

const header = `# The fence of taskfence, loaded at boot by taskfence-fence.service.
# \`taskfence apply\` writes this file; an edit of it is drift. What it holds is told by the policy.`

/** The rules in such a file; what is no rule of ours is passed over. */
export const parseFenceFile = (text: string): readonly FileRule[] =>
  text.split('\n').flatMap(line => {
    const [, chain, state = '', tag = ''] = ruleLine.exec(line) ?? []
    const name = nameIn(state)
    if (chain === undefined || name === null) return []
    return [{ resource: { kind: 'fence-rule', table, chain: chain as FenceChainName, name, tag }, state }]
  })

const ruleLine = new RegExp(`^add rule inet ${table} (\\w+) (.+) comment "(taskfence-[\\w-]+)"$`)
