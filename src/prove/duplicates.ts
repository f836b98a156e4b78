import type { Host } from '../host/host.js'
import { ParseError } from '../model/errors.js'
import type { Address, IpFamily } from '../model/facts.js'
import { inside, ip, must } from './run.js'

export interface Wanted {
  readonly family: IpFamily
  /** The bridge's own address; undefined: it has none of the family. */
  readonly own: Address | undefined
  readonly candidates: readonly string[]
}

/**
 * The first candidate of each family that nobody on the wire has; IPv6's stands on eth0 afterwards, the others do not.
 * The kernel asks, as arping is not everywhere: an IPv4 neighbour entry in state "probe" sends ARP requests from 0.0.0.0,
 * which nobody learns from (RFC 5227), and ends reachable or failed; an IPv6 address that is added goes through duplicate
 * address detection. Three questions within 130 ms instead of seconds: it is a wire inside one host.
 */
export async function unused(
  wanted: readonly Wanted[],
  pid: number,
  host: Host,
): Promise<Partial<Record<IpFamily, string>>> {
  await must(inside(pid, ip(wanted.flatMap(beginning))), host)
  const deadline = host.elapsedMs() + patienceMs
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, 45))
    const answers = await Promise.all(wanted.map(one => askers[one.family](one, pid, host)))
    const late = host.elapsedMs() > deadline
    if (!late && answers.some(answer => answer === 'too early')) continue
    const free = wanted.flatMap(({ family }, index) => {
      const answer = answers[index]
      return typeof answer === 'object' && answer.free !== undefined ? [[family, answer.free] as const] : []
    })
    await keepOnly(new Set(free.map(([, address]) => address)), wanted, pid, host)
    return Object.fromEntries(free)
  }
}

const patienceMs = 1500

function beginning({ family, own, candidates }: Wanted): readonly string[] {
  if (own === undefined) return []
  if (family === 'ipv6') {
    const added = candidates.map(address => `address add ${address}/${own.prefix} dev eth0`)
    return ['ntable change name ndisc_cache dev eth0 retrans 40', ...added]
  }
  return [
    // Without locktime 0 the first answer is not believed for a second.
    'ntable change name arp_cache dev eth0 locktime 0 retrans 40',
    ...candidates.map(address => `neigh add ${address} lladdr ff:ff:ff:ff:ff:ff dev eth0 nud probe`),
  ]
}

type Answer = 'too early' | { readonly free: string | undefined }
type Asker = (wanted: Wanted, pid: number, host: Host) => Promise<Answer>

const askers: Readonly<Record<IpFamily, Asker>> = {
  async ipv4({ candidates }, pid, host) {
    if (candidates.length === 0) return { free: undefined }
    const args = ['-j', '-4', 'neigh', 'show', 'dev', 'eth0']
    const entries = await json<{ readonly dst?: string; readonly state?: readonly string[] }>(args, pid, host)
    return first(candidates, address => {
      const state = entries.find(entry => entry.dst === address)?.state?.[0]
      // Each was there when it was added; in its first minute the kernel sweeps away only those that failed.
      return state === 'FAILED' || state === undefined ? 'free' : state === 'PROBE' ? 'too early' : 'taken'
    })
  },

  async ipv6({ candidates }, pid, host) {
    if (candidates.length === 0) return { free: undefined }
    const links = await json<{ readonly addr_info?: readonly ShownAddress[] }>(
      ['-j', '-6', 'address', 'show', 'dev', 'eth0'],
      pid,
      host,
    )
    const shown = links.flatMap(link => link.addr_info ?? [])
    return first(candidates, address => {
      const found = shown.find(({ local }) => local === address)
      return found === undefined || found.dadfailed ? 'taken' : found.tentative ? 'too early' : 'free'
    })
  },
}

interface ShownAddress {
  readonly local?: string
  readonly tentative?: boolean
  readonly dadfailed?: boolean
}

function first(
  candidates: readonly string[],
  stateOf: (address: string) => 'free' | 'taken' | 'too early',
): Answer {
  const free = candidates.find(address => stateOf(address) === 'free')
  if (free === undefined && candidates.some(address => stateOf(address) === 'too early')) return 'too early'
  return { free }
}

async function json<T>(args: readonly string[], pid: number, host: Host): Promise<readonly T[]> {
  const { stdout } = await must(inside(pid, { file: 'ip', args }), host)
  try {
    // Nothing at all is printed for an empty list by some versions.
    const parsed: unknown = JSON.parse(stdout.trim() === '' ? '[]' : stdout)
    return Array.isArray(parsed) ? (parsed as readonly T[]) : []
  } catch (error) {
    throw new ParseError(`ip ${args.join(' ')}`, stdout, 'not JSON', { cause: error })
  }
}

/** Two IPv6 addresses on eth0 would leave the choice of the source to the kernel. */
async function keepOnly(
  free: ReadonlySet<string>,
  wanted: readonly Wanted[],
  pid: number,
  host: Host,
): Promise<void> {
  const extra = wanted
    .filter(({ family }) => family === 'ipv6')
    .flatMap(({ own, candidates }) =>
      candidates
        .filter(address => !free.has(address))
        .map(address => `address delete ${address}/${own?.prefix ?? 128} dev eth0`),
    )
  if (extra.length > 0) await must(inside(pid, ip(extra)), host)
}
