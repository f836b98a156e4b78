import type { Claim } from '../model/claim.js'
import type { Desired } from '../model/desired.js'
import { credentials, credentialsPort } from './addresses.js'
import type { Control } from './control.js'
import { fenceDrop, hasFence } from './fence.js'
import { neighbourOrigins } from './places.js'
import { senderOf } from './sender.js'

const id = 'credentials-guard'

export const credentialsGuard: Control = {
  id,
  title: 'Only containers on this host reach 169.254.170.2',
  why: "The documented DNAT names no interface, so a neighbour on the host's network that routes 169.254.170.2 through this host is handed a task's credentials. In a VPC the source/destination check hides it; on a LAN (ECS Anywhere), or with the check off, nothing does.",
  source: 'taskfence; measured with a neighbour on the uplink',
  byHand: [
    'nft add rule inet taskfence prerouting iifname != "lo" meta iifkind != "bridge" ip daddr 169.254.170.2 drop',
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
    const can = facts.nft?.expressions ?? []
    return [
      ...(can.includes('iifkind')
        ? fenceDrop(
            id,
            mode,
            'prerouting',
            'credentials_guard_kind',
            `iifname != "lo" meta iifkind != "bridge" ip daddr ${credentials}`,
          )
        : []),
      ...(can.includes('fib')
        ? fenceDrop(
            id,
            mode,
            'prerouting',
            'credentials_guard_route',
            `ip daddr ${credentials} fib daddr . iif oif exists`,
          )
        : []),
    ] satisfies readonly Desired[]
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
