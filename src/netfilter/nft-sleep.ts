import { heldFences } from '../model/resource.js'
import { listOf, readNft, word, type JsonObject } from './nft-json.js'
import type { BaseChain } from './ruleset.js'

/** A dormant table hooks nothing, whatever stands in it (nft(8), "Tables"). perhaps: it has a flag that nobody knows. */
export type Sleep = 'no' | 'perhaps' | 'dormant'

/** By "ip nat", from the answer of `nft -j list tables`: the tables that sleep, surely or perhaps. */
export function parseNftSleep(json: string): ReadonlyMap<string, Sleep> {
  const source = 'nft -j list tables'
  return new Map(
    readNft(json, source).flatMap(([sort, object]) => {
      if (sort !== 'table') return []
      const table = { family: word(object, 'family', source), name: word(object, 'name', source) }
      const sleep = sleepOf({ ...table, flags: flagsOf(object) })
      return sleep === 'no' ? [] : [[`${table.family} ${table.name}`, sleep] as const]
    }),
  )
}

/** One flag is a word, several are a list. */
export const flagsOf = (table: JsonObject): readonly string[] =>
  listOf(table.flags).filter(flag => typeof flag === 'string')

export function sleepOf(table: {
  readonly family: string
  readonly name: string
  readonly flags: readonly string[]
}): Sleep {
  if (table.flags.includes('dormant')) return 'dormant'
  // nft 1.0.6 prints the name of some object of the table where it should print the flag.
  return isHeld(table) || table.flags.every(flag => harmless.has(flag)) ? 'no' : 'perhaps'
}

/** Of our own making: the flag is "owner". */
const isHeld = ({ family, name }: { readonly family: string; readonly name: string }): boolean =>
  family === 'inet' && Object.values(heldFences).includes(name)

const harmless: ReadonlySet<string> = new Set(['owner', 'persist'])

/** What is left of a table's chains. Where it may hook nothing, what it would drop is not surely dropped. */
export const awake = (sleep: Sleep, chains: readonly BaseChain[]): readonly BaseChain[] =>
  sleep === 'no' ? chains : sleep === 'dormant' ? [] : chains.map(perhapsAsleep)

function perhapsAsleep(chain: BaseChain): BaseChain {
  const text = `the table ${chain.table} has a flag that nft does not name; it may be dormant`
  const perhaps = {
    text,
    conditions: [{ on: 'unknown', negated: false, text }],
    action: { kind: 'accept' },
  } as const
  return { ...chain, rules: [perhaps, ...chain.rules] }
}
