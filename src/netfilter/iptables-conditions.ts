import type { IpFamily } from '../model/facts.js'
import { parseNetwork } from './cidr.js'
import type { Condition, ConnState } from './condition.js'
import { readPorts, readProtocol, readTcpFlags } from './iptables-words.js'

/** One option of a rule with the match it belongs to: `! --dport 80` of `-m tcp`. */
export interface Option {
  readonly module: string | null
  readonly name: string
  readonly negated: boolean
  readonly values: readonly string[]
  readonly text: string
}

/**
 * The tests of a rule and, from `-j` or `-g` on, its target. A test that is not known, or is written in a way
 * that is not known, becomes an unknown condition with its words.
 */
export function parseConditions(
  tokens: readonly string[],
  family: IpFamily,
): { readonly conditions: readonly Condition[]; readonly target: readonly string[] } {
  const { options, target } = splitOptions(tokens)
  return { conditions: groupByModule(options).flatMap(group => readGroup(group, family)), target }
}

/** `-m NAME` begins a match. */
export function splitOptions(tokens: readonly string[]): {
  readonly options: readonly Option[]
  readonly target: readonly string[]
} {
  const options: Option[] = []
  let module: string | null = null
  let at = 0
  while (at < tokens.length && tokens[at] !== '-j' && tokens[at] !== '-g') {
    const start = at
    const negated = tokens[at] === '!'
    if (negated) at++
    const name = tokens[at++] ?? ''
    const valueStart = at
    // Those known to take a word take it whatever it looks like: a comment, or an interface, may be called "-j".
    const least = valued.has(name) ? 1 : 0
    while (at < tokens.length && (at - valueStart < least || !isStart(tokens[at]))) at++
    const values = tokens.slice(valueStart, at)
    if (name === '-m' && !negated) module = values[0] ?? null
    if (name === '-c' || (name === '-m' && !negated && values.length === 1 && silent.has(module ?? '')))
      continue
    if (isFixed(name)) module = null
    options.push({ module, name, negated, values, text: tokens.slice(start, at).join(' ') })
  }
  // A target that was taken for somebody's value: what the rule does is not known.
  const swallowed = at === tokens.length && (tokens.includes('-j') || tokens.includes('-g'))
  return { options, target: swallowed ? ['-j'] : tokens.slice(at) }
}

const valued = new Set(
  '-m -s -d -i -o -p --sport --dport --sports --dports --ports --ctstate --state --ctdir --dst-type --src-type --mark --tcp-flags'.split(
    ' ',
  ),
)
/** Matches whose name alone tests nothing that their options do not. */
const silent = new Set(['tcp', 'udp', 'multiport', 'conntrack', 'state', 'addrtype', 'mark'])
const fixed = new Set(['-s', '-d', '-i', '-o', '-p', '-f'])
const isFixed = (name: string): boolean => fixed.has(name)
const isStart = (word: string | undefined): boolean => word === '!' || /^-(-?[a-z]|$)/.test(word ?? '')

/** "br+" is "br*". */
const inNft = (name: string): string => (name.endsWith('+') ? `${name.slice(0, -1)}*` : name)

function groupByModule(options: readonly Option[]): readonly (readonly Option[])[] {
  const groups: Option[][] = []
  for (const option of options) {
    const last = groups.at(-1)
    if (last?.[0] && last[0].module === option.module && option.name !== '-m') last.push(option)
    else groups.push([option])
  }
  return groups
}

function readGroup(group: readonly Option[], family: IpFamily): readonly Condition[] {
  const module = group[0]?.module ?? null
  const known = group.map(option => readOption(option, family))
  // These tests depend on their neighbours in the same match: read whole, or not at all.
  const together = module === 'conntrack' ? group.length > 1 : module === 'addrtype' && known.includes(null)
  if (together || known.includes(null)) {
    if (together || (module !== null && !silent.has(module)))
      return [{ on: 'unknown', negated: false, text: group.map(option => option.text).join(' ') }]
  }
  return known.map(
    (condition, i) => condition ?? { on: 'unknown', negated: false, text: group[i]?.text ?? '' },
  )
}

function readOption(option: Option, family: IpFamily): Condition | null {
  const { module, name, negated, values } = option
  const value = values.length === 1 ? values[0] : undefined
  if (module === null && name === '-s') return networks('source', negated, value, family)
  if (module === null && name === '-d') return networks('destination', negated, value, family)
  if (value === undefined && !(name === '--tcp-flags' && values.length === 2) && name !== '--syn') return null
  const word = value ?? ''
  switch (`${module ?? ''} ${name}`) {
    case ' -i':
      return { on: 'in', negated, names: [inNft(word)] }
    case ' -o':
      return { on: 'out', negated, names: [inNft(word)] }
    case ' -p':
      return readProtocol(word, negated)
    case 'tcp --sport':
    case 'udp --sport':
    case 'multiport --sports':
      return readPorts('source-port', negated, word)
    case 'tcp --dport':
    case 'udp --dport':
    case 'multiport --dports':
      return readPorts('destination-port', negated, word)
    case 'multiport --ports':
      return readPorts('any-port', negated, word)
    case 'tcp --syn':
      return { on: 'syn', negated }
    case 'tcp --tcp-flags':
      return readTcpFlags(values[0] ?? '', values[1] ?? '', negated)
    case 'conntrack --ctstate':
    case 'state --state':
      return states(negated, word)
    case 'conntrack --ctdir':
      return word === 'ORIGINAL' || word === 'REPLY'
        ? { on: 'direction', negated, direction: word === 'REPLY' ? 'reply' : 'original' }
        : null
    case 'addrtype --dst-type':
      return { on: 'address-type', negated, of: 'destination', types: word.split(',') }
    case 'addrtype --src-type':
      return { on: 'address-type', negated, of: 'source', types: word.split(',') }
    case 'mark --mark':
      return mark(negated, word)
    default:
      return null
  }
}

function networks(
  on: 'source' | 'destination',
  negated: boolean,
  value: string | undefined,
  family: IpFamily,
): Condition | null {
  if (value === undefined || parseNetwork(value)?.family !== family) return null
  return { on, negated, networks: [value] }
}

const allStates = new Set<string>(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'])

function states(negated: boolean, word: string): Condition | null {
  const list = word.split(',')
  return list.every((state): state is ConnState => allStates.has(state))
    ? { on: 'state', negated, states: list }
    : null
}

function mark(negated: boolean, word: string): Condition | null {
  const found = /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i.exec(word)
  if (!found) return null
  return { on: 'mark', negated, value: Number(found[1]), mask: Number(found[2] ?? 0xffffffff) }
}
