import { flagsOf, isArray, isObject, listOf, only, wordsOf, type Json, type JsonObject } from './nft-json.js'
import { bare, masked, nameOf, numberOf } from './nft-values.js'

/**
 * One statement in nft's own language, always spelled the same way: sets sorted, figures of counters left out. What is
 * not known stands as its JSON.
 */
export function renderStatement(name: string, value: Json): string {
  const render = Object.hasOwn(statements, name) ? statements[name] : undefined
  return render?.(isObject(value) ? value : {}, value) ?? JSON.stringify({ [name]: value })
}

type Render = (object: JsonObject, value: Json) => string | null

const named =
  (name: string): Render =>
  () =>
    name
const target =
  (name: string): Render =>
  object =>
    typeof object.target === 'string' ? `${name} ${object.target}` : null

const statements: Readonly<Record<string, Render>> = {
  match: object => renderMatch(object),
  counter: (_, value) => (typeof value === 'string' ? `counter name "${value}"` : 'counter'),
  accept: named('accept'),
  drop: named('drop'),
  return: named('return'),
  continue: named('continue'),
  notrack: named('notrack'),
  jump: target('jump'),
  goto: target('goto'),
  log: object => ['log', ...logWords(object)].join(' '),
  limit: renderLimit,
  reject: renderReject,
  masquerade: (_, value) => (value === null ? 'masquerade' : null),
  dnat: object => renderNat('dnat', object),
  snat: object => renderNat('snat', object),
  redirect: object => renderNat('redirect', object),
  mangle: ({ key, value }) =>
    key === undefined || value === undefined ? null : `${renderValue(key)} set ${renderValue(value, key)}`,
  // Counters beside it are the set's own.
  set: ({ op, elem, set }) =>
    typeof op === 'string' && elem !== undefined && typeof set === 'string'
      ? `${op} ${set} { ${renderValue(elem)} }`
      : null,
  vmap: ({ key, data }) =>
    key === undefined || data === undefined ? null : `${renderValue(key)} vmap ${renderMap(data, key)}`,
}

function renderMatch({ left = null, op, right = null }: JsonObject): string | null {
  if (typeof op !== 'string') return null
  const fib = isObject(left) && isObject(left.fib) ? left.fib : null
  if (fib !== null) return renderFib(fib, op, right)
  const none = noBits(left, op, right)
  if (none !== null) return `${renderValue(none[0])} & ${renderFlags(none[1])} == 0`
  const name = nameOf(left)?.join(' ') ?? ''
  const isBits = ['ct state', 'ct status', 'tcp flags'].includes(name)
  const exact = (isBits && !(isObject(right) && isArray(right.set))) || masked(left) !== null
  const sign = op === 'in' || (op === '==' && !exact) ? [] : [op]
  return [renderValue(left), ...sign, renderValue(right, left)].join(' ')
}

/** "! dnat" and "& dnat == 0" are one test, which versions print one way or the other. */
function noBits(left: Json, op: string, right: Json): readonly [Json, Json] | null {
  if (op === '!') return [left, right]
  const mask = op === '==' && numberOf(right) === 0 ? masked(left) : null
  return mask !== null && flagsOf(mask[1]) !== null ? mask : null
}

function renderFib(fib: JsonObject, op: string, right: Json): string {
  const result = fib.result === 'check' ? 'oif' : fib.result
  const exists = typeof right === 'boolean' ? (right ? 'exists' : 'missing') : renderValue(right)
  return [
    'fib',
    wordsOf(fib.flags).join(' . '),
    renderValue(result ?? null),
    ...(op === '!=' ? [op] : []),
    exists,
  ].join(' ')
}

/** A value, or what is compared; `beside` is what it is compared with, which decides about quotes and figures. */
function renderValue(json: Json, beside?: Json): string {
  const name = beside === undefined ? '' : (nameOf(masked(beside)?.[0] ?? beside)?.join(' ') ?? '')
  if (typeof json === 'string') return isQuoted(name, json) ? `"${json}"` : json
  if (typeof json === 'number') return name.endsWith('mark') ? `0x${json.toString(16)}` : String(json)
  const flags = isArray(json) || (isObject(json) && '|' in json) ? flagsOf(json) : null
  if (flags !== null)
    return flags.length > 1 && masked(beside ?? null) === null
      ? flags.toSorted().join(',')
      : renderFlags(json)
  const own = nameOf(json)
  if (own !== null) return own[0] === 'meta' && short.has(own[1]) ? own[1] : own.join(' ')
  return isObject(json) ? renderObject(json, beside) : JSON.stringify(json)
}

const interfaces = new Set(
  ['iif', 'iifname', 'iifkind', 'oif', 'oifname', 'oifkind'].map(key => `meta ${key}`),
)

/** A cgroup that is gone has no name left, only its number. */
const isQuoted = (name: string, word: string): boolean =>
  !word.startsWith('@') &&
  (interfaces.has(name) || (name.startsWith('socket cgroupv2 ') && !/^\d+$/.test(word)))
/** Keys that nft prints without the word "meta". */
const short = new Set([
  'iif',
  'iifname',
  'oif',
  'oifname',
  'iifgroup',
  'oifgroup',
  'skuid',
  'skgid',
  'pkttype',
])

function renderObject(json: JsonObject, beside?: Json): string {
  const [key, value = null] = only(json) ?? []
  if (key === 'set') return renderSet(listOf(value), beside)
  if (key === 'elem') return renderValue(bare(json), beside)
  if (key === 'prefix' && isObject(value))
    return `${renderValue(value.addr ?? null)}/${renderValue(value.len ?? null)}`
  if (key === 'range' && isArray(value)) return value.map(end => renderValue(end, beside)).join('-')
  if (key === 'concat' && isArray(value)) {
    const parts = isObject(beside) ? beside.concat : undefined
    return value.map((part, i) => renderValue(part, isArray(parts) ? parts[i] : undefined)).join(' . ')
  }
  if ((key === '&' || key === '|' || key === '^') && isArray(value))
    return value
      .map((part, i) =>
        flagsOf(part) && i > 0 ? renderFlags(part) : renderValue(part, i > 0 ? (value[0] ?? beside) : beside),
      )
      .join(` ${key} `)
  return JSON.stringify(json)
}

function renderFlags(json: Json): string {
  const flags = flagsOf(json)?.toSorted() ?? [renderValue(json)]
  return flags.length === 1 ? (flags[0] ?? '') : `(${flags.join('|')})`
}

const renderSet = (items: readonly Json[], beside?: Json): string =>
  `{ ${items
    .map(item => renderValue(bare(item), beside))
    .toSorted(byNumber)
    .join(', ')} }`

const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

function renderMap(data: Json, key: Json): string {
  if (typeof data === 'string') return data
  const entries = isObject(data) ? listOf(data.set) : []
  const words = entries.map(entry => {
    const [element = null, verdict = null] = isArray(entry) ? entry : []
    const [name, value = null] = only(verdict) ?? ['?']
    return `${renderValue(bare(element), key)} : ${renderStatement(name, value)}`
  })
  return `{ ${words.toSorted(byNumber).join(', ')} }`
}

function renderNat(name: string, { addr, port, family, flags, ...rest }: JsonObject): string | null {
  if (Object.keys(rest).length > 0 || isObject(addr) || flags !== undefined) return null
  const address =
    typeof addr === 'string' ? (addr.includes(':') && port !== undefined ? `[${addr}]` : addr) : ''
  const to = `${address}${port === undefined ? '' : `:${renderValue(port)}`}`
  return [name, ...(typeof family === 'string' ? [family] : []), ...(to === '' ? [] : ['to', to])].join(' ')
}

function logWords({ prefix, group, level, ...rest }: JsonObject): readonly string[] {
  return [
    ...(typeof prefix === 'string' ? [`prefix "${prefix}"`] : []),
    ...(typeof group === 'number' ? [`group ${group}`] : []),
    ...(typeof level === 'string' ? [`level ${level}`] : []),
    ...(Object.keys(rest).length === 0 ? [] : [JSON.stringify(rest)]),
  ]
}

function renderLimit({ rate, per, burst, inv, ...rest }: JsonObject): string | null {
  if (typeof rate !== 'number' || typeof per !== 'string' || Object.keys(rest).length > 0) return null
  const over = inv === true ? 'over ' : ''
  return `limit rate ${over}${rate}/${per} burst ${typeof burst === 'number' ? burst : 5} packets`
}

function renderReject({ type, expr }: JsonObject, value: Json): string | null {
  if (value === null || expr === 'port-unreachable') return 'reject'
  if (type === 'tcp reset') return 'reject with tcp reset'
  return typeof type === 'string' && typeof expr === 'string' ? `reject with ${type} ${expr}` : null
}
