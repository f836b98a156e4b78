import type { IpFamily } from '../model/facts.js'
import type { Action } from './action.js'
import { parseNetwork } from './cidr.js'

/** What a rule does: its words from `-j` or `-g` on; none: it only counts. */
export function parseAction(target: readonly string[], family: IpFamily): Action {
  const [how, name, ...args] = target
  const unknown: Action = { kind: 'unknown', text: target.join(' ') }
  if (how === undefined) return { kind: 'continue' }
  if (name === undefined || name.startsWith('-')) return unknown
  if (how === '-g') return args.length === 0 ? { kind: 'goto', chain: name } : unknown
  if (Object.hasOwn(targets, name)) return targets[name]?.(args, family) ?? unknown
  // A target without arguments that is no built-in one is a chain; should there be none, the walk cannot tell.
  return args.length === 0 ? { kind: 'jump', chain: name } : unknown
}

type Reader = (args: readonly string[], family: IpFamily) => Action | null

const plain =
  (kind: 'accept' | 'drop' | 'return'): Reader =>
  args =>
    args.length === 0 ? { kind } : null
const goesOn: Reader = () => ({ kind: 'continue' })

const targets: Readonly<Record<string, Reader>> = {
  ACCEPT: plain('accept'),
  DROP: plain('drop'),
  RETURN: plain('return'),
  REJECT: () => ({ kind: 'reject' }),
  LOG: goesOn,
  NFLOG: goesOn,
  TRACE: goesOn,
  AUDIT: goesOn,
  CLASSIFY: goesOn,
  TCPMSS: goesOn,
  CHECKSUM: goesOn,
  MASQUERADE: () => ({ kind: 'snat' }),
  SNAT: () => ({ kind: 'snat' }),
  DNAT: readDnat,
  REDIRECT: readRedirect,
  MARK: readMark,
  // Only restoring writes the packet's own mark.
  CONNMARK: args => (args.includes('--restore-mark') ? { kind: 'mark', value: null } : { kind: 'continue' }),
  NOTRACK: () => ({ kind: 'notrack' }),
  CT: args => (args.length === 1 && args[0] === '--notrack' ? { kind: 'notrack' } : null),
}

function readDnat(args: readonly string[], family: IpFamily): Action | null {
  const [option, to] = args
  if (args.length !== 2 || option !== '--to-destination' || to === undefined) return null
  const found = to.startsWith('[') ? /^\[([^\]]+)\](?::(\d+))?$/.exec(to) : readV4(to, family)
  if (!found) return null
  const [, address, port] = found
  if (address !== undefined && address !== '' && parseNetwork(address)?.family !== family) return null
  return {
    kind: 'dnat',
    address: address === undefined || address === '' ? 'same' : address,
    port: port === undefined ? null : Number(port),
  }
}

const readV4 = (to: string, family: IpFamily): RegExpExecArray | null =>
  family === 'ipv6' ? /^([0-9a-f:]*[0-9a-f:.]+)$/i.exec(to) : /^([\d.]*)(?::(\d+))?$/.exec(to)

function readRedirect(args: readonly string[]): Action | null {
  if (args.length === 0) return { kind: 'dnat', address: null, port: null }
  if (args.length !== 2 || args[0] !== '--to-ports' || !/^\d{1,5}$/.test(args[1] ?? '')) return null
  return { kind: 'dnat', address: null, port: Number(args[1]) }
}

function readMark(args: readonly string[]): Action | null {
  const [option, word = ''] = args
  const found = /^(0x[0-9a-f]{1,8})\/(0x[0-9a-f]{1,8})$/i.exec(word)
  if (args.length !== 2 || option !== '--set-xmark' || !found) return { kind: 'mark', value: null }
  const mask = Number(found[2])
  return { kind: 'mark', value: Number(found[1]), ...(mask !== 0xffffffff && { mask }) }
}
