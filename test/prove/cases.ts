import type { Lab } from '../lab/lab.js'
import { userBridge, type LabOptions } from '../lab/options.js'
import { apply } from './rig.js'
import type { Policy } from '../../src/model/policy.js'
import { policyOf } from '../fakes/machine.js'

export interface Case {
  readonly name: string
  readonly options?: LabOptions
  readonly policy?: Policy
  readonly prepare: (lab: Lab) => Promise<unknown>
  /** Lines that must be there, word for word; a RegExp where a word is the kernel's. */
  readonly lines: readonly (string | RegExp)[]
  /** Worth asking of legacy iptables as well. */
  readonly legacy?: boolean
}

const one: LabOptions = { bridges: ['docker0'] }
const nobodyAtMetadata = (lab: Lab) => lab.in('router').exec(['ip', 'address', 'flush', 'dev', 'lo'])
const run =
  (...lines: readonly string[]) =>
  async (lab: Lab) => {
    for (const text of lines) await lab.must(text.split(' '))
  }
const literal = 'iptables -I DOCKER-USER -i docker+ -d 169.254.169.254/32 -j DROP'

const fenced = (bridge: string) => [
  `imds-bridge ${bridge} ipv4: true dropped by the fence: forward, counter imds_bridge_ipv4 (+N)`,
  `imds-bridge ${bridge} ipv6: true dropped by the fence: forward, counter imds_bridge_ipv6 (+N)`,
  `task-credentials ${bridge} ipv4: true it arrived at 127.0.0.1:51679, and was answered`,
]
const open = (bridge: string) => [
  `imds-bridge ${bridge} ipv4: false it was answered; a TCP connection was made and closed`,
  `imds-bridge ${bridge} ipv6: false it was answered; a TCP connection was made and closed`,
  `task-credentials ${bridge} ipv4: false it left this host instead of arriving at 127.0.0.1:51679`,
]
const hostArrives = 'task-credentials host ipv4: true it arrived at 127.0.0.1:51679, and was answered'

export const cases: readonly Case[] = [
  {
    name: 'nothing applied: everything is answered, nothing is fenced',
    prepare: () => Promise.resolve(),
    lines: ['docker0', userBridge, 'appnet0'].flatMap(open),
  },
  {
    name: 'applied: the fence drops, credentials arrive',
    legacy: true,
    prepare: apply,
    lines: [...['docker0', userBridge, 'appnet0'].flatMap(fenced), hostArrives],
  },
  {
    name: 'only the literal rule: DOCKER-USER drops docker0, other bridges are open',
    legacy: true,
    options: { bridges: ['docker0', userBridge] },
    prepare: run(literal),
    lines: [
      'imds-bridge docker0 ipv4: true dropped by DOCKER-USER -d 169.254.169.254/32 -i docker+ -j DROP (+N)',
      `imds-bridge ${userBridge} ipv4: false it was answered; a TCP connection was made and closed`,
    ],
  },
  {
    name: 'nobody at the metadata address and no rule: it left, and a time-out is no drop',
    options: one,
    prepare: nobodyAtMetadata,
    lines: [
      /^imds-bridge docker0 ipv4: false it left this host: no rule drops it, and (nobody answered|was answered "unreachable")$/,
    ],
  },
  {
    name: "somebody's REJECT holds, and is not called ours",
    legacy: true,
    options: one,
    prepare: run('iptables -I DOCKER-USER -d 169.254.0.0/16 -j REJECT'),
    lines: [
      /^imds-bridge docker0 ipv4: true rejected, but not by a rule of ours: in ip filter FORWARD \(forward at priority 0\)$/,
    ],
  },
  {
    name: "somebody's drop in a table of their own is named",
    options: one,
    prepare: run(
      'nft add table inet theirs',
      'nft add chain inet theirs gate { type filter hook forward priority 5 ; }',
      'nft add rule inet theirs gate ip daddr 169.254.169.254 drop',
    ),
    lines: [
      'imds-bridge docker0 ipv4: true dropped, but not by a rule of ours: in inet theirs gate (forward at priority 5)',
    ],
  },
  {
    name: 'the credentials are sent elsewhere: they do not arrive',
    options: one,
    prepare: run(
      'sysctl -qw net.ipv4.conf.all.route_localnet=1',
      'iptables -t nat -A PREROUTING -d 169.254.170.2/32 -p tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51678',
    ),
    lines: ['task-credentials docker0 ipv4: false it reached this host, but not at 127.0.0.1:51679'],
  },
  {
    name: 'route_localnet off again: routing refuses, and the setting is named',
    options: one,
    prepare: async lab => {
      await apply(lab)
      await run('sysctl -qw net.ipv4.conf.all.route_localnet=0')(lab)
    },
    lines: [
      "task-credentials docker0 ipv4: false past all of prerouting the kernel's routing refused it: net.ipv4.conf.docker0.route_localnet is 0",
      hostArrives,
    ],
  },
  {
    name: 'INPUT drops the credentials: the chain is named',
    legacy: true,
    options: { ...one, extras: ['cis-input-drop'] },
    prepare: async lab => {
      await apply(lab)
      await run('iptables -F INPUT')(lab)
    },
    lines: [
      'task-credentials docker0 ipv4: false dropped, but not by a rule of ours: in ip filter INPUT (input at priority 0)',
    ],
  },
  {
    name: 'IPv6 turned off: the setting is named',
    options: { ...one, ipv6: false },
    prepare: apply,
    lines: [
      'imds-bridge docker0 ipv4: true dropped by the fence: forward, counter imds_bridge_ipv4 (+N)',
      'imds-bridge docker0 ipv6: true the packet was not taken in: net.ipv6.conf.docker0.disable_ipv6 is 1',
    ],
  },
  {
    name: 'a bridge without an IPv6 address on a host that forwards none: the setting is named',
    options: one,
    prepare: async lab => {
      await apply(lab)
      await run(
        'ip -6 address flush dev docker0 scope global',
        'sysctl -qw net.ipv6.conf.all.forwarding=0',
      )(lab)
    },
    lines: [
      "imds-bridge docker0 ipv6: true past all of prerouting the kernel's routing refused it: net.ipv6.conf.all.forwarding is 0",
    ],
  },
  {
    name: 'a bridge without addresses: a made-up sender meets the fence',
    options: one,
    prepare: async lab => {
      await apply(lab)
      await run('ip address flush dev docker0 scope global')(lab)
    },
    lines: fenced('docker0').slice(0, 2),
  },
  {
    name: 'observe: the fence counts and does not drop',
    options: one,
    policy: policyOf({ 'imds-bridge': 'observe' }),
    prepare: lab => apply(lab, policyOf({ 'imds-bridge': 'observe' })),
    lines: [
      'imds-bridge docker0 ipv4: false it was answered; a TCP connection was made and closed, counted by imds_bridge_ipv4 (+N)',
    ],
  },
  {
    name: 'allowed from part of the network: the probe comes from the other part',
    options: one,
    policy: policyOf({}, [{ cidr: '172.17.128.0/17', reason: 'test' }]),
    prepare: lab => apply(lab, policyOf({}, [{ cidr: '172.17.128.0/17', reason: 'test' }])),
    lines: fenced('docker0'),
  },
  {
    name: 'bridged frames pass the rules twice',
    options: { ...one, extras: ['br-netfilter'] },
    prepare: apply,
    lines: fenced('docker0'),
  },
  {
    name: 'firewalld',
    options: { ...one, extras: ['firewalld', 'ecs-init'] },
    prepare: apply,
    lines: fenced('docker0'),
  },
  {
    name: 'the bridge of awsvpc tasks',
    options: { bridges: ['ecs-bridge'] },
    prepare: apply,
    lines: fenced('ecs-bridge'),
  },
  {
    name: "Docker's own nftables backend",
    options: { ...one, docker: 'docker29-nftables' },
    prepare: apply,
    lines: fenced('docker0'),
  },
]
