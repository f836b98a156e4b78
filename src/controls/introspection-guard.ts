import type { Claim, PacketClaim } from '../model/claim.js'
import type { Desired } from '../model/desired.js'
import type { Facts, IpFamily } from '../model/facts.js'
import { introspectionPort } from './addresses.js'
import type { Context, Control } from './control.js'
import { chainByHand, fenceDrop, hasFence, nftKnows, tagOf } from './fence.js'
import { containerOrigins, dockerBridge, familiesOf, iptablesFamilies, neighbourOrigins } from './places.js'
import { addressOf, senderOf } from './sender.js'

const id = 'introspection-guard'

export const introspectionGuard: Control = {
  id,
  title: "Other machines cannot reach the agent's introspection port 51678 (IPv4 and IPv6)",
  why: 'The agent listens on 51678 on every interface and tells whoever asks which tasks run here (CVE-2025-9039). ecs-init closes it from 1.97.1 on; agents run by hand never do.',
  source: 'CVE-2025-9039 (GHSA-wm7x-ww72-r77q); ecs-init 1.97.1',
  byHand: [
    ...chainByHand('input'),
    'nft add rule inet taskfence input iifname != "lo" iifname != "docker0" tcp dport 51678 ct direction original drop',
    'iptables -I INPUT -p tcp --dport 51678 ! -i lo -j DROP   # and ip6tables; ecs-init does this, and lets docker0 in first',
  ],
  limits: [
    "Tasks on Docker's default bridge keep access, as ecs-init gives it; tasks on other bridges do not.",
    "51678 lies among the ephemeral ports: only what others begin is dropped, never an answer to the host's own connection.",
    'ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS=true turns this control off, as it does for ecs-init.',
    'Where nft is missing our rules carry a comment: they do not answer to `iptables -C` or `-D` of the text without it.',
  ],

  skip: ({ facts }) =>
    facts.agentConfig?.allowOffhostIntrospection === true
      ? 'ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS is true in ecs.config: other machines may ask port 51678'
      : undefined,

  desire(context) {
    const { facts } = context
    if (!hasFence(facts)) return iptablesFamilies(facts).flatMap(family => literalRules(context, family))
    // A drop of the fence is final; what INPUT itself would drop needs the accept that ecs-init gives.
    const accept = facts.rules?.inputDrops.introspection === true ? [acceptBridge(context, 'ipv4')] : []
    return [...fenceRules(context), ...accept]
  },

  claims({ facts }) {
    return [...neighboursOnIntrospection(facts), ...dockerClaims(facts)]
  },
}

/** By direction where conntrack can be asked, which also cuts what was open before; else by a connection's first packet. */
function fenceRules({ facts, mode }: Context): readonly Desired[] {
  const match = `iifname != "lo" iifname != "${dockerBridge(facts)}" tcp dport ${introspectionPort}`
  const began = nftKnows(facts, 'ct-direction') ? 'ct direction original' : 'tcp flags & (syn | ack) == syn'
  return fenceDrop(id, mode, 'input', 'introspection_guard', `${match} ${began}`)
}

const port = ['-p', 'tcp', '-m', 'tcp', '--dport', String(introspectionPort)]
const rule = {
  kind: 'iptables-rule',
  table: 'filter',
  chain: 'INPUT',
  position: 'head',
  tag: tagOf(id),
} as const

const literalRules = (context: Context, family: IpFamily): readonly Desired[] => [
  {
    resource: {
      ...rule,
      family,
      match: ['!', '-i', 'lo', ...port],
      target: ['-j', 'DROP'],
      // The accept below it, ours or ecs-init's, stands before it on purpose.
      about: ['!', '-i', dockerBridge(context.facts), ...port],
      exceptions: [['-i', dockerBridge(context.facts), ...port, '-j', 'ACCEPT']],
    },
    state: context.mode === 'enforce' ? 'present' : null,
  },
  acceptBridge(context, family),
]

const acceptBridge = ({ facts, mode }: Context, family: IpFamily): Desired => ({
  resource: { ...rule, family, match: ['-i', dockerBridge(facts), ...port], target: ['-j', 'ACCEPT'] },
  state: mode === 'enforce' ? 'present' : null,
})

const packet = { kind: 'packet', protocol: 'tcp', port: introspectionPort } as const

/** What a neighbour sends to the port, by every way in. */
export const neighboursOnIntrospection = (facts: Facts): readonly PacketClaim[] =>
  familiesOf(facts).flatMap(family =>
    neighbourOrigins(facts).flatMap((origin): readonly PacketClaim[] => {
      const own = addressOf(origin.interface, family, facts)
      if (own === undefined) return []
      const from = senderOf(origin, family, facts)
      return [{ ...packet, family, origin, from, to: own.address, fate: 'dropped' }]
    }),
  )

/** Only for a default bridge that stands: what INPUT does with packets for a bridge to come nobody promised. */
function dockerClaims(facts: Facts): readonly Claim[] {
  return containerOrigins(facts).flatMap((origin): readonly PacketClaim[] => {
    const own = addressOf(origin.bridge, 'ipv4', facts)
    if (origin.bridge !== dockerBridge(facts) || own === undefined) return []
    const from = senderOf(origin, 'ipv4', facts)
    return [{ ...packet, family: 'ipv4', origin, from, to: own.address, fate: 'delivered' }]
  })
}
