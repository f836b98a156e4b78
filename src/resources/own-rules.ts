import type { State } from '../model/resource.js'
import type { OwnRules } from '../model/trace.js'
import type { IptablesTable } from '../netfilter/iptables-table.js'
import { programs, transact } from './iptables-transact.js'
import type { ResourceKind } from './kind.js'

/**
 * Whatever carries our name in a table, wanted by anybody or not, each rule with its number in its chain. A rule before
 * which less stands now than once, as after a reboot, is in its place as the last.
 */
export const ownRules: ResourceKind<OwnRules> = {
  id: ({ family, table }) => `${programs[family].list} ${table} rules of taskfence`,

  async read({ family, table }, look, wanted) {
    const now = await look.iptables(family, table)
    const rules = rulesIn(now).map(({ number, text }) => `${number} ${text}`)
    const places = placed(wanted, now).map(({ number, chain, rest }) => `${number} -A ${chain} ${rest}`)
    if (isSame(rules, places)) return wanted
    return rules.length === 0 ? null : rules.join('\n')
  },

  async write(writes, host) {
    for (const { resource, state } of writes)
      await transact(
        resource,
        now => [...rulesIn(now).map(({ text }) => text.replace(/^-A/, '-D')), ...insertions(state, now)],
        host,
      )
  },
}

function rulesIn({ chains }: IptablesTable): readonly { readonly number: number; readonly text: string }[] {
  return [...chains.values()].flatMap(({ lines }) =>
    lines.flatMap(({ comment, text }, index) => (isOurs(comment) ? [{ number: index + 1, text }] : [])),
  )
}

/** Chains that are gone are made first, as rules may jump to them. */
function insertions(state: State, now: IptablesTable): readonly string[] {
  const places = placed(state, now)
  const gone = new Set(places.map(({ chain }) => chain).filter(chain => !now.chains.has(chain)))
  return [
    ...[...gone].map(chain => `-N ${chain}`),
    ...places.map(({ number, chain, rest }) => `-I ${chain} ${number} ${rest}`),
  ]
}

interface Placed {
  readonly number: number
  readonly chain: string
  readonly rest: string
}

/** In the order of their numbers, so each comes to stand where it stood. */
function placed(state: State, { chains }: IptablesTable): readonly Placed[] {
  const counts = new Map(
    [...chains].map(([name, { lines }]) => [name, lines.filter(({ comment }) => !isOurs(comment)).length]),
  )
  return (state ?? '').split('\n').flatMap(line => {
    const [, number = '', chain = '', rest = ''] = /^(\d+) -A (\S+) (.+)$/.exec(line) ?? []
    if (chain === '') return []
    const last = (counts.get(chain) ?? 0) + 1
    counts.set(chain, last)
    return [{ number: Math.min(Number(number), last), chain, rest }]
  })
}

const isOurs = (comment: string | null): boolean => comment?.startsWith('taskfence-') === true

/** Chains are listed in the order in which they were made. */
const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  [...one].sort().join('\n') === [...other].sort().join('\n')
