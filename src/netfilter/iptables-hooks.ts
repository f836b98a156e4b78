import type { Table } from '../model/facts.js'
import type { IptablesTable } from './iptables-table.js'
import type { BaseChain, Hook, Rule } from './ruleset.js'

/** The base chains behind a table of iptables, at the priorities the kernel gives them (iptables cannot choose). */
export function iptablesBaseChains(table: IptablesTable, legacy: boolean): readonly BaseChain[] {
  const name = `${legacy ? 'legacy ' : ''}${table.family === 'ipv4' ? 'ip' : 'ip6'} ${table.table}`
  const chains = new Map([...table.chains].map(([chain, { lines }]) => [chain, lines.map(line => line.rule)]))
  const common = { table: name, families: [table.family], chains }
  return hooks[table.table].flatMap(([hook, priority]): BaseChain[] => {
    const chain = hook.toUpperCase()
    const type =
      table.table === 'nat' ? 'nat' : table.table === 'mangle' && hook === 'output' ? 'route' : 'filter'
    const text = table.chains.get(chain)
    const at = { ...common, hook, priority }
    return [
      ...(text === undefined
        ? []
        : [
            {
              ...at,
              name: chain,
              type,
              policy: text.policy === 'DROP' ? 'drop' : 'accept',
              rules: chains.get(chain) ?? [],
            } as const,
          ]),
      ...(table.hidesChains === true
        ? [{ ...at, name: hook, type: 'filter', policy: 'accept', rules: [hidden(name)] } as const]
        : []),
    ]
  })
}

const hidden = (table: string): Rule => {
  const text = `base chains of nft in ${table}, which iptables does not print`
  return { text, conditions: [{ on: 'unknown', negated: false, text }], action: { kind: 'drop' } }
}

const five: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting']
const three: readonly Hook[] = ['input', 'forward', 'output']
const at = (list: readonly Hook[], priority: number): readonly (readonly [Hook, number])[] =>
  list.map(hook => [hook, priority])

const hooks: Readonly<Record<Table, readonly (readonly [Hook, number])[]>> = {
  raw: at(['prerouting', 'output'], -300),
  mangle: at(five, -150),
  nat: [...at(['prerouting', 'output'], -100), ...at(['input', 'postrouting'], 100)],
  filter: at(three, 0),
  security: at(three, 50),
}
