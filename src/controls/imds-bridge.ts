import type { Claim } from '../model/claim.js'
import type { Desired } from '../model/desired.js'
import type { IpFamily } from '../model/facts.js'
import { metadata } from './addresses.js'
import { agentOnBridge, notesOnAgent, takenBack } from './agent-on-bridge.js'
import { allowedBridges, allowedNetworks, containersBut, isAllowed, notesOnAllowances } from './allowances.js'
import type { Context, Control } from './control.js'
import { chainByHand, fenceDrop, hasFence, tagOf } from './fence.js'
import { containerOrigins, familiesOf, iptablesFamilies } from './places.js'
import { beside, senderOf } from './sender.js'

const id = 'imds-bridge'

export const imdsBridge: Control = {
  id,
  title: 'Tasks on any bridge cannot reach the instance metadata service (IPv4 and IPv6)',
  why: 'The metadata service hands out the role of the instance, which is stronger than that of any task. A task that can ask it has that role, and with it can pose as the agent and get the credentials of every other task on the host.',
  source:
    'Amazon ECS Developer Guide, "Task IAM role" (blocking access to the instance metadata); IPv6: EC2 User Guide, fd00:ec2::254',
  byHand: [
    'iptables --insert DOCKER-USER 1 --in-interface docker+ --destination 169.254.169.254/32 --jump DROP',
    'ip6tables --insert DOCKER-USER 1 --in-interface docker+ --destination fd00:ec2::254/128 --jump DROP',
    ...chainByHand('forward'),
    'nft add rule inet taskfence forward ip daddr 169.254.169.254 drop',
    'nft add rule inet taskfence forward ip6 daddr fd00:ec2::254 drop',
  ],
  limits: [
    'Tasks in host network mode send from the host itself and are not forwarded: this control does not cut them.',
    'An awsvpc task has a network interface of its own: only ECS_AWSVPC_BLOCK_IMDS of the agent closes it.',
    'The literal rule names docker+, as AWS documents it; bridges with other names are closed by the fence alone.',
    'A rule with our comment does not answer to `iptables -C` or `-D` of the documented text without the comment; nor does our jump to DOCKER-USER.',
    'With an agent in a container on a bridge of Docker it is not applied, as it would cut the agent: run that one with --net=host.',
    'A connection that is cut stalls until its time-out; it is not reset.',
  ],

  desire(context) {
    const wanted = rulesOf(context)
    if (agentOnBridge(context.facts) !== undefined) return wanted.flatMap(takenBack)
    // An address is another task's after a reboot.
    const withoutTasks = rulesOf({ ...context, facts: { ...context.facts, tasks: [] } })
    const atBoot = new Map(withoutTasks.map(({ resource, state }) => [keyOf(resource), state]))
    return wanted.map(desired => {
      const state = atBoot.get(keyOf(desired.resource)) ?? null
      return state === desired.state ? desired : { ...desired, atBoot: state }
    })
  },

  claims({ facts, policy }) {
    return containerOrigins(facts).flatMap(origin =>
      familiesOf(facts).flatMap((family): readonly Claim[] => {
        const allowed = allowedNetworks({ policy, facts }, family)
        const from = senderBut(allowed, senderOf(origin, family, facts), family)
        if (isAllowed(policy, origin.bridge, from)) return []
        return [
          {
            kind: 'packet',
            family,
            origin,
            from,
            to: metadata[family],
            protocol: 'tcp',
            port: 80,
            fate: 'dropped',
          },
        ]
      }),
    )
  },

  notes({ facts, policy }) {
    const resolver =
      facts.network?.metadataIsResolver === true
        ? ['/etc/resolv.conf names 169.254.169.254, so its port 53 stays open to tasks']
        : []
    return [...notesOnAgent(facts), ...notesOnAllowances({ policy, facts }), ...resolver]
  },

  cuts: context => containersBut(context).map(({ name }) => name),
}

const rulesOf = (context: Context): readonly Desired[] => [
  ...(hasFence(context.facts)
    ? familiesOf(context.facts).flatMap(family => fenceRules(context, family))
    : []),
  ...iptablesFamilies(context.facts).flatMap(family => literalRules(context, family)),
]

/** The same whatever stands beside it on purpose. */
const keyOf = (resource: Desired['resource']): string => JSON.stringify({ ...resource, exceptions: [] })

/** The address of a task that nobody allowed anything; else one of a network that nobody uses (RFC 5737, RFC 3849). */
function senderBut(allowed: readonly string[], address: string, family: IpFamily): string {
  let free = address
  for (let tries = 0; tries < 32; tries += 1, free = beside(free))
    if (!allowed.some(cidr => cidr === `${free}/${family === 'ipv4' ? 32 : 128}`)) return free
  return family === 'ipv4' ? '192.0.2.77' : '2001:db8::77'
}

function fenceRules(context: Context, family: IpFamily): readonly Desired[] {
  const protocol = family === 'ipv4' ? 'ip' : 'ip6'
  const bridges = allowedBridges(context.policy).map(bridge => `iifname != "${bridge}"`)
  const networks = allowedNetworks(context, family).map(
    cidr => `${protocol} saddr != ${cidr.replace(family === 'ipv4' ? /\/32$/ : /\/128$/, '')}`,
  )
  const match = [...bridges, ...networks, `${protocol} daddr ${metadata[family]}`]
  const name = `imds_bridge_${family}`
  if (family === 'ipv6' || context.facts.network?.metadataIsResolver !== true)
    return fenceDrop(id, context.mode, 'forward', name, match.join(' '))
  // th dport says nothing of packets without ports, so those need a drop of their own.
  return [
    ...fenceDrop(
      id,
      context.mode,
      'forward',
      name,
      [...match, 'meta l4proto { tcp, udp } th dport != 53'].join(' '),
    ),
    ...fenceDrop(
      id,
      context.mode,
      'forward',
      `${name}_other`,
      [...match, 'meta l4proto != { tcp, udp }'].join(' '),
    ),
  ]
}

/** Docker's nftables backend has no DOCKER-USER and would never read one. */
function literalRules(context: Context, family: IpFamily): readonly Desired[] {
  if (context.facts.docker?.firewallBackend === 'nftables') return []
  const place = { family, table: 'filter', tag: tagOf(id) } as const
  const network = `${metadata[family]}/${family === 'ipv4' ? 32 : 128}`
  const exceptions = allowances(context, family, network)
  const enforced = context.mode === 'enforce'
  return [
    {
      resource: { kind: 'iptables-chain', family, table: 'filter', chain: 'DOCKER-USER' },
      state: 'present',
      reportOnly: !enforced,
    },
    {
      resource: {
        kind: 'iptables-rule',
        ...place,
        chain: 'DOCKER-USER',
        position: 'head',
        match: ['-d', network, '-i', 'docker+'],
        target: ['-j', 'DROP'],
        exceptions: exceptions.flatMap(({ resource }) =>
          resource.kind === 'iptables-rule' ? [[...resource.match, ...resource.target]] : [],
        ),
      },
      state: enforced ? 'present' : null,
    },
    ...exceptions,
    {
      resource: {
        kind: 'iptables-rule',
        ...place,
        chain: 'FORWARD',
        position: 'head',
        match: [],
        target: ['-j', 'DOCKER-USER'],
        about: ['-d', network],
      },
      state: enforced ? 'present' : null,
    },
  ]
}

/** A RETURN above the drop for each allowance that the drop would hit. */
function allowances(context: Context, family: IpFamily, network: string): readonly Desired[] {
  const bridges = allowedBridges(context.policy)
    .filter(bridge => bridge.startsWith('docker'))
    .map(bridge => ['-d', network, '-i', bridge])
  const networks = allowedNetworks(context, family).map(cidr => ['-s', cidr, '-d', network])
  const resolver =
    family === 'ipv4' && context.facts.network?.metadataIsResolver === true
      ? ['tcp', 'udp'].map(protocol => ['-d', network, '-p', protocol, '-m', protocol, '--dport', '53'])
      : []
  return [...bridges, ...networks, ...resolver].map(match => ({
    resource: {
      kind: 'iptables-rule',
      family,
      table: 'filter',
      chain: 'DOCKER-USER',
      position: 'head',
      match,
      target: ['-j', 'RETURN'],
      tag: tagOf(id),
    },
    state: context.mode === 'enforce' ? 'present' : null,
  }))
}
