import type { FenceTable, Kind, Resource, ResourceOf, State } from '../model/resource.js'

/** "absent" where nothing of ours stands. */
export function stateWords(state: State): string {
  if (state === null) return 'absent'
  const [first = '', ...more] = state.trim().split('\n')
  return more.length === 0 ? first : `${more.length + 1} lines`
}

/** From → to. Of two texts of many lines: the first line that differs. */
export function differenceWords(from: State, to: State): string {
  const [before, after] = [from ?? '', to ?? ''].map(text => text.trim().split('\n'))
  if (before === undefined || after === undefined || before.length < 2 || after.length < 2)
    return `${stateWords(from)} \u2192 ${stateWords(to)}`
  const index = [...before, ...after].findIndex((_line, at) => before[at] !== after[at])
  return `line ${index + 1}: ${before[index] ?? 'none'} \u2192 ${after[index] ?? 'none'}`
}

/** Where something stands, and what: columns of a plan. */
export interface ResourceWords {
  readonly where: string
  readonly what: string
}

export function resourceWords<K extends Kind>(resource: ResourceOf<K> & Resource): ResourceWords {
  const describe = kinds[resource.kind] as (resource: Resource) => ResourceWords
  return describe(resource)
}

/** A kind without an entry does not compile. */
const kinds: { readonly [K in Kind]: (resource: ResourceOf<K>) => ResourceWords } = {
  sysctl: ({ key }) => ({ where: 'sysctl', what: key }),
  'agent-setting': ({ path, name }) => ({ where: path, what: name }),
  'cgroup-class': ({ path }) => ({ where: 'cgroup class', what: path }),
  'iptables-chain': ({ family, table, chain }) => ({
    where: `${tools[family]} ${table}`,
    what: `chain ${chain}`,
  }),
  'iptables-rule': ({ family, table, chain, position, match, target }) => ({
    where: `${tools[family]} ${table}/${chain}${position === 'head' ? ' 1' : ''}`,
    what: [...match, ...target].join(' '),
  }),
  'fence-chain': ({ table, chain }) => ({ where: fenceWords(table, chain), what: 'the chain itself' }),
  'fence-rule': ({ table, chain, name }) => ({ where: fenceWords(table, chain), what: name }),
  'windows-setting': ({ setting, variable }) => ({
    where: 'windows',
    what: [setting, variable].filter(Boolean).join(' '),
  }),
  file: ({ path }) => ({ where: 'file', what: path }),
  'fence-file': ({ path }) => ({ where: 'file', what: path }),
  'service-unit': ({ name }) => ({ where: 'unit', what: name }),
  'rules-file-lines': ({ path }) => ({ where: 'file', what: `${path}, our lines` }),
  'file-line': ({ path, line }) => ({ where: 'file', what: `${path}, the line ${line}` }),
  'running-unit': ({ name }) => ({ where: 'running', what: name }),
  'own-table': ({ table }) => ({ where: 'nft', what: `table inet ${table}` }),
  'own-rules': ({ family, table }) => ({ where: `${tools[family]} ${table}`, what: 'our rules' }),
  'own-lines': ({ path }) => ({ where: 'file', what: `${path}, our lines` }),
  'iptables-table': ({ family, table }) => ({ where: `${tools[family]} ${table}`, what: 'the table itself' }),
  'made-path': ({ path }) => ({ where: 'path', what: path }),
  route: ({ destination, device }) => ({ where: 'route', what: `${destination} dev ${device}` }),
}

const fenceWords = (table: FenceTable, chain: string): string =>
  `${table === 'taskfence' ? 'fence' : 'host fence'} ${chain}`

const tools = { ipv4: 'iptables', ipv6: 'ip6tables' } as const
