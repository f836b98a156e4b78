import type { Claim } from '../model/claim.js'
import { agentPort } from './addresses.js'
import type { Control } from './control.js'
import { chainByHand, fenceDrop, hasFence, tagOf } from './fence.js'
import { dockerBridge, neighbourOrigins } from './places.js'
import { senderOf } from './sender.js'

const id = 'loopback-guard'

export const loopbackGuard: Control = {
  id,
  title: 'Other machines and containers cannot reach 127.0.0.0/8 of this host',
  why: 'With route_localnet on, the host answers a neighbour that sends to 127.0.0.1 on the wire: every service that trusts loopback is open, the credentials endpoint first of all (CVE-2020-8558).',
  source: 'CVE-2020-8558; ecs-init 1.41.1-2 and later adds a rule with the same purpose',
  byHand: [
    ...chainByHand('prerouting'),
    'nft add rule inet taskfence prerouting iifname != "lo" ip daddr 127.0.0.0/8 drop',
    "iptables -I INPUT -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP   # ecs-init's, where nft is missing",
  ],
  limits: [
    'The fence looks before any DNAT, so requests for 169.254.170.2 are not hit.',
    'ECS_SKIP_LOCALHOST_TRAFFIC_FILTER=true turns this control off, as it does for ecs-init.',
    'Where nft is missing our rule carries a comment: it does not answer to `iptables -C` or `-D` of the text without it.',
  ],

  skip: ({ facts }) =>
    facts.agentConfig?.skipLocalhostTrafficFilter === true
      ? 'ECS_SKIP_LOCALHOST_TRAFFIC_FILTER is true in ecs.config: neighbours may reach 127.0.0.0/8 of this host'
      : undefined,

  desire({ facts, mode }) {
    if (hasFence(facts))
      return fenceDrop(id, mode, 'prerouting', 'loopback_guard', 'iifname != "lo" ip daddr 127.0.0.0/8')
    return [
      {
        resource: {
          kind: 'iptables-rule',
          family: 'ipv4',
          table: 'filter',
          chain: 'INPUT',
          position: 'head',
          match: [
            '!',
            '-s',
            '127.0.0.0/8',
            '-d',
            '127.0.0.0/8',
            '-m',
            'conntrack',
            '!',
            '--ctstate',
            'RELATED,ESTABLISHED,DNAT',
          ],
          target: ['-j', 'DROP'],
          // ecs-init lets Docker's bridge in to the introspection port first.
          about: ['!', '-s', '127.0.0.0/8', '-d', '127.0.0.0/8', '!', '-i', dockerBridge(facts)],
          tag: tagOf(id),
        },
        state: mode === 'enforce' ? 'present' : null,
      },
    ]
  },

  claims({ facts }) {
    return neighbourOrigins(facts).map((origin): Claim => ({
      kind: 'packet',
      family: 'ipv4',
      origin,
      from: senderOf(origin, 'ipv4', facts),
      to: '127.0.0.1',
      protocol: 'tcp',
      port: agentPort,
      fate: 'dropped',
    }))
  },
}
