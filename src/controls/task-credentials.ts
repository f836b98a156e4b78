import type { Origin, PacketClaim } from '../model/claim.js'
import type { Desired } from '../model/desired.js'
import type { Facts } from '../model/facts.js'
import { agentPort, credentials, credentialsPort } from './addresses.js'
import { agentGate } from './agent-gate.js'
import type { Control } from './control.js'
import { tagOf } from './fence.js'
import { containerOrigins } from './places.js'
import { senderOf } from './sender.js'

const id = 'task-credentials'

export const taskCredentials: Control = {
  id,
  title: "Every task reaches its own role's credentials at 169.254.170.2",
  why: 'The AWS SDKs in a task ask 169.254.170.2 for credentials. Without these rules nobody answers, and the SDK falls through to the metadata service and to the role of the instance.',
  source: 'Amazon ECS Developer Guide, "Task IAM role" (host set-up); the INPUT rule: amazon-ecs-agent#2877',
  byHand: [
    'iptables -t nat -A PREROUTING -p tcp -d 169.254.170.2 --dport 80 -j DNAT --to-destination 127.0.0.1:51679',
    'iptables -t nat -A OUTPUT -d 169.254.170.2 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 51679',
    'iptables -I INPUT -d 127.0.0.1 -p tcp --dport 51679 -m conntrack --ctstate DNAT -j ACCEPT   # where INPUT drops',
    'ip route add 169.254.170.2 dev lo   # where there is no IPv4 default route',
  ],
  limits: [
    'There is no IPv6 address for credentials.',
    'Whether the agent answers is not asked: a request may be delivered and find nobody listening.',
    'Our rules carry a comment: they do not answer to `iptables -C` or `-D` of the documented text without it.',
  ],

  skip: ({ facts }) => agentGate(facts, 'task roles'),

  desire({ facts, mode }) {
    const enforced = mode === 'enforce'
    return [...rules(facts), ...hostRoute(facts)].map(entry => ({ ...entry, reportOnly: !enforced }))
  },

  claims({ facts }) {
    const origins: readonly Origin[] = [...containerOrigins(facts), { kind: 'host' }]
    return origins.map((origin): PacketClaim => ({
      kind: 'packet',
      family: 'ipv4',
      origin,
      from: senderOf(origin, 'ipv4', facts),
      to: credentials,
      protocol: 'tcp',
      port: credentialsPort,
      fate: 'delivered',
      arrivesAt: `127.0.0.1:${agentPort}`,
    }))
  },
}

const request = ['-d', `${credentials}/32`, '-p', 'tcp', '-m', 'tcp', '--dport', String(credentialsPort)]
const rule = { kind: 'iptables-rule', family: 'ipv4', tag: tagOf(id) } as const

function rules(facts: Facts): readonly Desired[] {
  const nat = { ...rule, table: 'nat', position: 'tail', match: request } as const
  const documented: readonly Desired[] = [
    {
      resource: {
        ...nat,
        chain: 'PREROUTING',
        target: ['-j', 'DNAT', '--to-destination', `127.0.0.1:${agentPort}`],
      },
      state: 'present',
    },
    {
      resource: { ...nat, chain: 'OUTPUT', target: ['-j', 'REDIRECT', '--to-ports', String(agentPort)] },
      state: 'present',
    },
  ]
  return facts.rules?.inputDrops.credentials === true ? [...documented, acceptAtInput] : documented
}

/** The state DNAT keeps it from neighbours: a packet they send to 127.0.0.1 itself has none. */
const acceptAtInput: Desired = {
  resource: {
    ...rule,
    table: 'filter',
    chain: 'INPUT',
    position: 'head',
    match: [
      '-d',
      '127.0.0.1/32',
      '-p',
      'tcp',
      '-m',
      'tcp',
      '--dport',
      String(agentPort),
      '-m',
      'conntrack',
      '--ctstate',
      'DNAT',
    ],
    target: ['-j', 'ACCEPT'],
  },
  state: 'present',
}

/** The host's own request needs a route before OUTPUT can redirect it. ecs-init adds the same one (1.94.0). */
function hostRoute(facts: Facts): readonly Desired[] {
  if (facts.network === null || facts.network.defaultRoutes.ipv4.length > 0) return []
  return [{ resource: { kind: 'route', destination: `${credentials}/32`, device: 'lo' }, state: 'present' }]
}
