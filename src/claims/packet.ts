import type { Look } from '../look/look.js'
import type { Origin, PacketClaim, Proof } from '../model/claim.js'
import type { Facts, NetworkFacts } from '../model/facts.js'
import { isLoopback } from '../netfilter/flow.js'
import type { Fate, Packet, Surroundings } from '../netfilter/packet.js'
import type { BaseChain, Ruleset } from '../netfilter/ruleset.js'
import { walk } from '../netfilter/walk.js'
import { surroundingsOf } from './surroundings.js'

/** Walks the packet through every chain that stands now. A promised drop must also cut connections made before. */
export async function provenPacket(claim: PacketClaim, look: Look): Promise<Proof> {
  const iif = interfaceOf(claim.origin)
  const [ruleset, surroundings] = await Promise.all([look.ruleset(), surroundingsOf(look, iif)])
  const states = claim.fate === 'dropped' ? statesOf(claim, surroundings) : (['new'] as const)
  const proofs = states.flatMap(state => {
    const packet = packetOf(claim, iif, state, look.facts.network)
    return rulesetsFor(ruleset, packet).map(rules => judge(claim, state, walk(rules, packet, surroundings)))
  })
  const worst =
    proofs.find(proof => proof.holds === false) ?? proofs.find(proof => proof.holds === null) ?? proofs[0]
  if (worst === undefined) return { holds: null, because: 'no packet was walked' }
  return claim.fate === 'dropped' && worst.holds === true ? withShadows(worst, look.facts) : worst
}

/** A neighbour's answers need not come back through this host, unless it is the host itself that answers. */
const statesOf = ({ origin, to }: PacketClaim, surroundings: Surroundings): readonly Packet['state'][] =>
  origin.kind !== 'neighbour' || isLoopback(to) || surroundings.isLocal(to)
    ? ['new', 'established']
    : ['new', 'established', 'one-way']

/** A connection keeps the NAT it began with, whatever the rules say since: today's, none, or the documented one. */
function rulesetsFor(ruleset: Ruleset, packet: Packet): readonly Ruleset[] {
  if (packet.state !== 'established') return [ruleset]
  const { untranslated, translated } = otherNatOf(ruleset)
  const isKept = packet.destination === '169.254.170.2' && mayTranslate(ruleset, packet)
  return [ruleset, untranslated, ...(isKept ? [translated] : [])]
}

/** Made once for all packets. */
function otherNatOf(ruleset: Ruleset): Record<'untranslated' | 'translated', Ruleset> {
  const before = otherNat.get(ruleset)
  if (before !== undefined) return before
  const untranslated = { ...ruleset, chains: ruleset.chains.filter(chain => chain.type !== 'nat') }
  const made = { untranslated, translated: { ...ruleset, chains: [natBefore, ...untranslated.chains] } }
  otherNat.set(ruleset, made)
  return made
}

const otherNat = new WeakMap<Ruleset, Record<'untranslated' | 'translated', Ruleset>>()

/** The kernel's NAT goes with the last nat chain of the family, also for connections made before (nf_nat_core.c). */
const mayTranslate = ({ chains, unread }: Ruleset, { family }: Packet): boolean =>
  unread.length > 0 || chains.some(({ type, families }) => type === 'nat' && families.includes(family))

const natBefore: BaseChain = {
  table: 'conntrack',
  name: 'NAT of the connection',
  families: ['ipv4'],
  type: 'nat',
  hook: 'prerouting',
  priority: -101,
  policy: 'accept',
  rules: [
    {
      text: 'DNAT to 127.0.0.1:51679',
      conditions: [],
      action: { kind: 'dnat', address: '127.0.0.1', port: 51679 },
    },
  ],
  chains: new Map(),
}

const before: Readonly<Record<Packet['state'], string>> = {
  new: '',
  established: 'a connection made before: ',
  'one-way': 'a connection made before, with answers that go past this host: ',
}

function judge(claim: PacketClaim, state: Packet['state'], fate: Fate): Proof {
  const which = before[state]
  if (fate.fate === 'unknown') return { holds: null, because: `${which}${fate.because}` }
  if (fate.fate === 'dropped') {
    if (claim.fate === 'dropped') return { holds: true, evidence: fate.by }
    return { holds: false, because: `dropped by ${fate.by}` }
  }
  const arrival = `${fate.address}:${fate.port}`
  if (claim.fate === 'dropped') return { holds: false, because: `${which}reaches ${arrival} (${fate.by})` }
  if (claim.arrivesAt !== undefined && arrival !== claim.arrivesAt)
    return { holds: false, because: `arrives at ${arrival} instead of ${claim.arrivesAt} (${fate.by})` }
  return { holds: true, evidence: fate.by }
}

/** Beside a fence no rule of others matters; without one each rule is as good as what stands above it. */
function withShadows(proof: Proof & { readonly holds: true }, { nft, unknown }: Facts): Proof {
  const [, chain] = /^(?:legacy )?ip6? filter (\S+): -A /.exec(proof.evidence ?? '') ?? []
  const mayHaveFence = nft === null ? unknown.nft !== undefined : nft.usable
  if (chain === undefined || mayHaveFence) return proof
  const above =
    chain === 'DOCKER-USER'
      ? 'an accept or a return above it in DOCKER-USER, an accept above the jump in FORWARD'
      : `an accept above it in ${chain}`
  const because = `the rule stands alone without nftables: ${above}, or a flush would let the packet past it`
  return { ...proof, because }
}

const interfaceOf = (origin: Origin): string | null =>
  origin.kind === 'container' ? origin.bridge : origin.kind === 'neighbour' ? origin.interface : null

function packetOf(
  claim: PacketClaim,
  iif: string | null,
  state: Packet['state'],
  network: NetworkFacts | null,
): Packet {
  return {
    family: claim.family,
    protocol: claim.protocol,
    source: claim.from,
    destination: claim.to,
    destinationPort: claim.port,
    iif,
    iifKind: kindOfInterface(claim.origin, network),
    state,
    ...senderOf(claim.origin),
  }
}

function senderOf(origin: Origin): Pick<Packet, 'cgroups' | 'class'> {
  if (origin.kind !== 'host-task') return {}
  return {
    ...(origin.cgroups === null ? {} : { cgroups: origin.cgroups }),
    ...(origin.class === undefined ? {} : { class: origin.class }),
  }
}

/** The kinds that `meta iifkind` knows are those of rtnl_link_ops; a plain NIC has none. */
function kindOfInterface(origin: Origin, network: NetworkFacts | null): string | null | undefined {
  if (origin.kind === 'container') return 'bridge'
  if (origin.kind !== 'neighbour') return null
  const found = network?.interfaces.find(link => link.name === origin.interface)
  if (found === undefined) return undefined
  return found.kind === 'ethernet' || found.kind === 'loopback' ? null : found.kind
}
