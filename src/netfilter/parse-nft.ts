import { ParseError } from '../model/errors.js'
import { heldFences } from '../model/resource.js'
import { withLevels, type CgroupLevels } from './cgroup-levels.js'
import { figure, isArray, isObject, listOf, readNft, word, type Json, type JsonObject } from './nft-json.js'
import { foreignHooks, nftBaseChain } from './nft-base-chain.js'
import { bare } from './nft-values.js'
import { readRule } from './nft-rule.js'
import type { NftChain, NftRule, NftTable } from './nft-table.js'
import type { BaseChain } from './ruleset.js'

/** Every chain in an answer of `nft -j`. ParseError: it is none. */
export function parseNftChains(json: string): readonly NftChain[] {
  return readNft(json, source).flatMap(([sort, object]) => (sort === 'chain' ? [readChain(object)] : []))
}

/**
 * The tables in an answer of `nft -j list table` or `list ruleset`, read with the elements of their sets. Any rule is
 * read: what is not known in it becomes an unknown condition or action. `levels`: what nft's text says of `socket
 * cgroupv2`. ParseError: it is no answer of nft.
 */
export function parseNftTables(json: string, levels: CgroupLevels = new Map()): readonly NftTable[] {
  const parts = new Map<string, Parts>()
  for (const [sort, object] of readNft(json, source)) {
    if (sort === 'metainfo') continue
    const own = sort === 'table' ? 'name' : 'table'
    const [family, name] = [word(object, 'family', source), word(object, own, source)]
    const key = `${family} ${name}`
    const table = parts.get(key) ?? {
      family,
      name,
      flags: [],
      flowtables: [],
      chains: [],
      rules: [],
      sets: new Map(),
      counters: new Map(),
    }
    parts.set(key, table)
    sortIn(table, sort, object)
  }
  return [...parts.values()].map(table => readTable(table, levels))
}

const source = 'nft -j'

interface Parts {
  readonly family: string
  readonly name: string
  readonly flags: string[]
  readonly flowtables: string[]
  readonly chains: NftChain[]
  readonly rules: JsonObject[]
  readonly sets: Map<string, readonly Json[]>
  readonly counters: Map<string, number>
}

function sortIn(table: Parts, sort: string, object: JsonObject): void {
  switch (sort) {
    case 'table':
      table.flags.push(...listOf(object.flags).filter(flag => typeof flag === 'string'))
      return
    case 'chain':
      table.chains.push(readChain(object))
      return
    case 'rule':
      table.rules.push(object)
      return
    case 'set':
    case 'map':
      table.sets.set(word(object, 'name', source), listOf(object.elem))
      return
    case 'flowtable':
      table.flowtables.push(word(object, 'name', source))
      return
    case 'counter':
      table.counters.set(word(object, 'name', source), figure(object, 'packets', source))
  }
}

function readChain(object: JsonObject): NftChain {
  const of = { family: word(object, 'family', source), table: word(object, 'table', source) }
  const name = word(object, 'name', source)
  const handle = figure(object, 'handle', source)
  if (object.hook === undefined) return { ...of, name, handle, base: null }
  const base = {
    type: word(object, 'type', source),
    hook: word(object, 'hook', source),
    prio: figure(object, 'prio', source),
    policy: object.policy === 'drop' ? ('drop' as const) : ('accept' as const),
    devices: listOf(object.dev).filter(device => typeof device === 'string'),
  }
  return { ...of, name, handle, base }
}

function readTable(table: Parts, levels: CgroupLevels): NftTable {
  const elements = (name: string) => table.sets.get(name) ?? null
  const rules = table.rules.map((object): NftRule => {
    if (!isArray(object.expr)) throw new ParseError(source, JSON.stringify(object), 'no expr')
    const handle = figure(object, 'handle', source)
    const rule = readRule(withLevels(object.expr, levels.get(handle)), elements)
    const comment = typeof object.comment === 'string' ? object.comment : null
    return { chain: word(object, 'chain', source), comment, text: rule.text, handle, rule }
  })
  const chains = new Map(
    table.chains.map(({ name }) => [name, rules.filter(rule => rule.chain === name).map(({ rule }) => rule)]),
  )
  // nft 1.0.6 prints the name of some object of the table where it should print the flag.
  const isKnown = isHeld(table) || table.flags.every(flag => harmlessFlags.has(flag) || flag === 'dormant')
  const isDormant = table.flags.includes('dormant')
  const baseChains = isDormant
    ? []
    : [
        ...table.chains.flatMap(chain => nftBaseChain(chain, chains)).map(isKnown ? asIs : perhapsAsleep),
        ...foreignHooks(table, table.flowtables),
      ]
  const names = table.chains.map(chain => chain.name)
  const of = { family: table.family, name: table.name, isDormant: isDormant || !isKnown, chains: names }
  const counted = new Map([...table.sets].map(([name, elements]) => [name, countedIn(elements)]))
  return { ...of, rules, baseChains, counters: table.counters, counted }
}

const countedIn = (elements: readonly Json[]): ReadonlyMap<string, number> =>
  new Map(
    elements.flatMap(element => {
      const inner = isObject(element) ? element.elem : undefined
      if (!isObject(inner) || !isObject(inner.counter) || typeof inner.counter.packets !== 'number') return []
      const name = bare(element)
      if (typeof name !== 'string' && typeof name !== 'number') return []
      return [[String(name), inner.counter.packets]]
    }),
  )

/** Of our own making: the flag is "owner". */
const isHeld = ({ family, name }: Parts): boolean =>
  family === 'inet' && Object.values(heldFences).includes(name)

const harmlessFlags: ReadonlySet<string> = new Set(['owner', 'persist'])

const asIs = (chain: BaseChain): BaseChain => chain

/** It may hook nothing: what it would drop is not surely dropped. */
function perhapsAsleep(chain: BaseChain): BaseChain {
  const text = `the table ${chain.table} has a flag that nft does not name; it may be dormant`
  const perhaps = {
    text,
    conditions: [{ on: 'unknown', negated: false, text }],
    action: { kind: 'accept' },
  } as const
  return { ...chain, rules: [perhaps, ...chain.rules] }
}
