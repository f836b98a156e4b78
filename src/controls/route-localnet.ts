import { agentGate } from './agent-gate.js'
import type { Control } from './control.js'
import { containerOrigins } from './places.js'

export const routeLocalnet: Control = {
  id: 'route-localnet',
  title: 'Packets of tasks for 127.0.0.1 are routed instead of being dropped as martians',
  why: 'A task asks 169.254.170.2, the host turns that into 127.0.0.1:51679 where the agent listens, and the kernel drops packets for 127.0.0.0/8 that come in on any other interface unless route_localnet is on for it.',
  source: 'Amazon ECS Developer Guide, "Task IAM role" (host set-up); Linux ip-sysctl, route_localnet',
  byHand: ['sysctl -w net.ipv4.conf.all.route_localnet=1'],
  limits: [
    'On "all" it also opens 127.0.0.0/8 of this host to its neighbours (CVE-2020-8558): loopback-guard closes that.',
    'ecs-init sets the key back to the value of "default" when its service stops.',
  ],

  skip: ({ facts }) => agentGate(facts, 'task roles'),

  desire({ mode }) {
    return [
      {
        resource: { kind: 'sysctl', key: 'net.ipv4.conf.all.route_localnet' },
        state: '1',
        reportOnly: mode === 'observe',
      },
    ]
  },

  claims({ facts }) {
    const bridges = containerOrigins(facts).map(origin => origin.bridge)
    return [...bridges, 'default'].map(name => ({ kind: 'localnet-routing', interface: name }) as const)
  },
}
