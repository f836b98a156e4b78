import type { State } from '../model/resource.js'
import type { OwnRules } from '../model/trace.js'
import type { IptablesTable } from '../netfilter/iptables-table.js'
import { programs, transact } from './iptables-transact.js'
import type { ResourceKind } from './kind.js'

/** Whatever carries our name in a table, wanted by anybody or not, each rule with its number in its chain. */
export const ownRules: ResourceKind<OwnRules> = {
  id: ({ family, table }) => `${programs[family].list} ${table} rules of taskfence`,

  async read({ family, table }, look) {
    const rules = rulesIn(await look.iptables(family, table))
    return rules.length === 0 ? null : rules.map(({ number, text }) => `${number} ${text}`).join('\n')
  },

  async write(writes, host) {
    for (const { resource, state } of writes)
      await transact(
        resource,
        now => [...rulesIn(now).map(({ text }) => text.replace(/^-A/, '-D')), ...insertions(state)],
        host,
      )
  },
}

function rulesIn({ chains }: IptablesTable): readonly { readonly number: number; readonly text: string }[] {
  return [...chains.values()].flatMap(({ lines }) =>
    lines.flatMap(({ comment, text }, index) =>
      comment?.startsWith('taskfence-') === true ? [{ number: index + 1, text }] : [],
    ),
  )
}

/** In the order of their numbers, so each comes to stand where it stood. */
const insertions = (state: State): readonly string[] =>
  (state ?? '').split('\n').flatMap(line => {
    const [, number = '', chain = '', rest = ''] = /^(\d+) -A (\S+) (.+)$/.exec(line) ?? []
    return chain === '' ? [] : [`-I ${chain} ${number} ${rest}`]
  })
