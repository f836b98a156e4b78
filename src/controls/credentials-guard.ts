import type { Claim } from '../model/claim.js'
import type { Desired } from '../model/desired.js'
import { credentials, credentialsPort } from './addresses.js'
import type { Control } from './control.js'
import type { Mode } from '../model/policy.js'
import { chainByHand, fenceDrop, fenceRule, hasFence, nftKnows } from './fence.js'
import { neighbourOrigins } from './places.js'
import { senderOf } from './sender.js'

const id = 'credentials-guard'

export const credentialsGuard: Control = {
  id,
  title: 'Only containers on this host reach 169.254.170.2',
  why: "The documented DNAT names no interface, so a neighbour on the host's network that routes 169.254.170.2 through this host is handed a task's credentials. In a VPC the source/destination check hides it; on a LAN (ECS Anywhere), or with the check off, nothing does.",
  source: 'taskfence; measured with a neighbour on the uplink',
  byHand: [
    ...chainByHand('prerouting'),
    'nft add chain inet taskfence credentials_guard',
    'nft add rule inet taskfence prerouting iifname != "lo" ip daddr 169.254.170.2 jump credentials_guard',
    'nft add rule inet taskfence credentials_guard meta iifkind \'"bridge"\' return',
    'nft add rule inet taskfence credentials_guard drop',
    'nft add rule inet taskfence prerouting ip daddr 169.254.170.2 fib daddr . iif oif exists drop',
  ],
  limits: [
    'Left open: a neighbour behind a second bridged interface that has no default route.',
    'Cut: containers on a routed veth (CNI ptp), which ECS does not use, and containers on the very bridge that the default route leaves by.',
    'It needs nftables: iptables cannot ask what kind of interface a packet came in on.',
  ],

  skip: ({ facts }) =>
    hasFence(facts)
      ? undefined
      : 'nftables is not usable here, and iptables cannot tell a bridge from another interface',

  desire({ facts, mode }) {
    return [
      ...(nftKnows(facts, 'iifkind') ? byKind(mode) : []),
      ...(nftKnows(facts, 'fib') ? byRoute(mode) : []),
    ]
  },

  claims({ facts }) {
    return neighbourOrigins(facts).map((origin): Claim => ({
      kind: 'packet',
      family: 'ipv4',
      origin,
      from: senderOf(origin, 'ipv4', facts),
      to: credentials,
      protocol: 'tcp',
      port: credentialsPort,
      fate: 'dropped',
    }))
  },
}

/** A plain network card has no kind at all, and `meta iifkind != "bridge"` does not match what has none: so bridges go back, and the rest is dropped. */
const byKind = (mode: Mode): readonly Desired[] => [
  ...fenceRule(
    id,
    'prerouting',
    'credentials_guard_asked',
    `iifname != "lo" ip daddr ${credentials}`,
    'jump credentials_guard',
  ),
  ...fenceRule(id, 'credentials_guard', 'credentials_guard_bridge', 'meta iifkind "bridge"', 'return'),
  ...fenceDrop(id, mode, 'credentials_guard', 'credentials_guard_kind', ''),
]

/** It came in where it would be routed out: a neighbour's, on a bridge or not. */
const byRoute = (mode: Mode): readonly Desired[] =>
  fenceDrop(
    id,
    mode,
    'prerouting',
    'credentials_guard_route',
    `ip daddr ${credentials} fib daddr . iif oif exists`,
  )
