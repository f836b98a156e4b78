import type { IpFamily } from '../model/facts.js'
import { parseNetwork } from './cidr.js'
import { splitOptions, type Option } from './iptables-conditions.js'
import { protocolOf } from './iptables-words.js'
import { takeComment } from './take-comment.js'

/**
 * Are two rules, given as tokens, the same to iptables? Comments do not count, nor do the spellings that iptables itself
 * makes one of: `-d ADDRESS` and `-d ADDRESS/32`, an implied `-m tcp`, the order of conntrack states, the order of
 * matches that keep no state. Unsure is different.
 */
export function sameRule(a: readonly string[], b: readonly string[]): boolean {
  const [x, y] = [spelled(a), spelled(b)]
  return x !== null && y !== null && x === y
}

/** Each rule that stands is compared with each that is wanted. */
const spellings = new WeakMap<readonly string[], string | null>()

function spelled(args: readonly string[]): string | null {
  const before = spellings.get(args)
  if (before !== undefined) return before
  const text = inOneSpelling(args)
  spellings.set(args, text)
  return text
}

function inOneSpelling(args: readonly string[]): string | null {
  const { options, target } = splitOptions(takeComment(args).tokens)
  if (
    options.some(
      option => option.name === '!' || (option.values.length === 0 && !option.name.startsWith('--')),
    )
  )
    return null
  const family: IpFamily = options.some(
    o => (o.name === '-s' || o.name === '-d') && o.values[0]?.includes(':'),
  )
    ? 'ipv6'
    : 'ipv4'
  const protocol = options.find(option => option.name === '-p')?.values[0] ?? ''
  const words = options
    .filter(option => option.name !== '-m' || !plain.has(option.values[0] ?? ''))
    .map(option => spell(option, family, protocol))
  const stateless = options.every(option => option.module === null || plain.has(option.module))
  return JSON.stringify([stateless ? words.sort() : words, target.map(renamed)])
}

/** Matches that only look at the packet and its connection: their order means nothing. */
const plain = new Set([
  'tcp',
  'udp',
  'multiport',
  'conntrack',
  'state',
  'addrtype',
  'mark',
  'iprange',
  'pkttype',
])

function spell({ module, name, negated, values }: Option, family: IpFamily, protocol: string): string {
  const of = module ?? (ofProtocol.has(name) ? implied(protocol) : null)
  return [of ?? '', negated ? '!' : '', ...value(name, values, family)].join(' ')
}

/** Options that `-p` brings with it. */
const ofProtocol = new Set(['--sport', '--dport', '--syn', '--tcp-flags'])

const implied = (protocol: string): string | null =>
  protocolOf(protocol) === 'tcp' ? 'tcp' : protocolOf(protocol) === 'udp' ? 'udp' : null

function value(name: string, values: readonly string[], family: IpFamily): readonly string[] {
  const [first = ''] = values
  if (name === '-s' || name === '-d') {
    const network = parseNetwork(first)
    return network?.family === family
      ? [name, String(network.first), String(network.prefix)]
      : [name, ...values]
  }
  if (name === '-p') return [name, protocolOf(first) === 'other' ? first : protocolOf(first)]
  if (name === '--ctstate' || name === '--state') return [name, first.split(',').sort().join()]
  if (name === '--syn') return ['--tcp-flags', 'FIN,SYN,RST,ACK', 'SYN']
  return [name, ...values]
}

const renamed = (word: string): string =>
  word === '--to-port' ? '--to-ports' : word === '--to' ? '--to-destination' : word
