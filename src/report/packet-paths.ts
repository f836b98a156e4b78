import type { ClaimEntry, Origin, PacketClaim, Proof } from '../model/claim.js'
import type { Facts } from '../model/facts.js'
import { familyWords, originName, place } from './claim-words.js'

/** Where packets come from, as ECS calls it. The bridge of awsvpc tasks has one name on every host. */
export const senders = ['bridge', 'awsvpc', 'host', 'neighbour'] as const
export type Sender = (typeof senders)[number]

/** Equal promises about packets of one sender, and what becomes of them. */
export interface PacketPath {
  readonly sender: Sender
  /** "docker0, br-3f1c2a9d0e77"; "" for the host itself. */
  readonly from: string
  /** "IPv4, IPv6" */
  readonly families: string
  /** "the metadata service", "10.0.1.17 port 51678" */
  readonly to: string
  readonly fate: PacketClaim['fate']
  readonly answer: 'holds' | 'broken' | 'unknown'
  readonly isObserved: boolean
  readonly stations: readonly Station[]
  /** What decides: a rule, a policy, a setting; or why nobody can tell. */
  readonly rule: string
}

/** A hook of the kernel on the way, or the end of it. */
export interface Station {
  readonly name: string
  readonly what: 'passed' | 'decides' | 'never reached' | 'perhaps'
  readonly words: string
}

type PacketEntry = ClaimEntry & { readonly claim: PacketClaim }

/** A path for each promise about a packet; those that differ in bridge or family only are one. */
export function packetPaths(claims: readonly ClaimEntry[], facts: Facts): readonly PacketPath[] {
  const groups = new Map<string, PacketEntry[]>()
  for (const entry of claims) {
    const { claim, proof, reportOnly } = entry
    if (claim.kind !== 'packet') continue
    const key = [senderOf(claim.origin), place(claim), claim.fate, reportOnly, answerOf(proof), ruleOf(proof)]
    groups.set(JSON.stringify(key), [...(groups.get(JSON.stringify(key)) ?? []), { ...entry, claim }])
  }
  return [...groups.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [pathOf(first, [first, ...more], facts)],
  )
}

function pathOf(
  { claim, proof, reportOnly }: PacketEntry,
  same: readonly PacketEntry[],
  facts: Facts,
): PacketPath {
  const distinct = (of: (one: PacketClaim) => string) =>
    [...new Set(same.map(entry => of(entry.claim)))].join(', ')
  return {
    sender: senderOf(claim.origin),
    from: distinct(one => originName(one.origin)),
    families: distinct(one => familyWords[one.family]),
    to: place(claim),
    fate: claim.fate,
    answer: answerOf(proof),
    isObserved: reportOnly === true,
    stations: stationsOf(claim, proof, facts),
    rule: ruleOf(proof),
  }
}

export const senderOf = (origin: Origin): Sender => {
  if (origin.kind === 'container') return origin.bridge === 'ecs-bridge' ? 'awsvpc' : 'bridge'
  return origin.kind === 'host-task' ? 'host' : origin.kind
}

const answerOf = ({ holds }: Proof): PacketPath['answer'] =>
  holds === null ? 'unknown' : holds ? 'holds' : 'broken'

/** A promise that holds tells what decided, one that does not why. */
function ruleOf(proof: Proof): string {
  if (proof.holds === true) return proof.evidence ?? proof.because ?? ''
  return proof.because
}

function stationsOf(claim: PacketClaim, proof: Proof, facts: Facts): readonly Station[] {
  const hook = hookIn(ruleOf(proof))
  const hooks = wayOf(claim, hook, facts)
  const at = hook === undefined ? -1 : hooks.indexOf(hook)
  const dropped = /\bdropped by\b/.test(ruleOf(proof)) || (claim.fate === 'dropped' && proof.holds === true)
  const end = { name: `${claim.to} port ${claim.port}` }
  const station = (name: string, index: number): Station => {
    if (proof.holds === null)
      return {
        name,
        what: at < 0 || index >= at ? 'perhaps' : 'passed',
        words: index === at ? 'could not tell' : '',
      }
    if (index !== at)
      return { name, what: at >= 0 && index > at && dropped ? 'never reached' : 'passed', words: '' }
    return { name, what: 'decides', words: dropped ? 'dropped here' : sentOn(claim, proof) }
  }
  return [...hooks.map(station), { ...end, ...endOf(claim, proof, dropped) }]
}

const sentOn = ({ arrivesAt }: PacketClaim, { holds }: Proof): string =>
  holds === true && arrivesAt !== undefined ? `sent on to ${arrivesAt}` : 'let through'

function endOf(claim: PacketClaim, { holds }: Proof, dropped: boolean): Omit<Station, 'name'> {
  if (holds === null) return { what: 'perhaps', words: 'could not tell' }
  if (dropped) return { what: 'never reached', words: 'never reached' }
  if (holds) return { what: 'decides', words: 'delivered' }
  return { what: 'decides', words: claim.fate === 'dropped' ? 'reached' : 'not as promised' }
}

type Hook = 'prerouting' | 'routing' | 'input' | 'forward' | 'output'

/** The hooks on a packet's way. Routing is a station only where it decides. */
function wayOf(
  { origin, to, arrivesAt }: PacketClaim,
  deciding: Hook | undefined,
  facts: Facts,
): readonly Hook[] {
  if (origin.kind === 'host' || origin.kind === 'host-task') return ['output']
  const own = (facts.network?.interfaces ?? []).flatMap(({ addresses }) =>
    addresses.map(({ address }) => address),
  )
  const stays = arrivesAt !== undefined || /^127\.|^169\.254\.170\.2$/.test(to) || own.includes(to)
  const last = deciding === 'input' || deciding === 'forward' ? deciding : stays ? 'input' : 'forward'
  return ['prerouting', ...(deciding === 'routing' ? (['routing'] as const) : []), last]
}

/** The hook of "inet taskfence forward: …" or "policy DROP of ip filter FORWARD"; undefined where the words do not tell. */
function hookIn(rule: string): Hook | undefined {
  if (/\(martian\)|route_localnet|forwarding is off|\bno route\b/.test(rule)) return 'routing'
  const chain = /(?:^|\s)(?:ip6?|inet) \S+ ([\w-]+)(?=:|\s|$)/.exec(rule)?.[1]?.toLowerCase()
  if (chain === undefined) return undefined
  if (chain.startsWith('docker')) return 'forward'
  return chain === 'credentials_guard' ? 'prerouting' : hooks.find(hook => hook === chain)
}

const hooks: readonly Hook[] = ['prerouting', 'input', 'forward', 'output']
