import type { FenceChainName, FenceTable, Resource, State } from '../../src/model/resource.js'
import { declaration } from '../../src/resources/fence-table.js'
import { kindOf } from '../../src/resources/index.js'
import { backends, inLab } from './rig.js'

/** One of each kind, and of each shape that a control gives it. "stays": not known to be ours alone, so never removed. */
type Row = readonly [resource: Resource, state: State, removal: 'goes' | 'stays']

const metadata = { ipv4: '169.254.169.254/32', ipv6: 'fd00:ec2::254/128' } as const
const rules = (['ipv4', 'ipv6'] as const).flatMap((family): readonly Row[] => {
  const rule = { kind: 'iptables-rule', family, table: 'filter', tag: 'taskfence-law' } as const
  const port = ['-p', 'tcp', '-m', 'tcp', '--dport', '51678']
  const drop = ['-d', metadata[family], '-i', 'docker+']
  return [
    [
      { ...rule, chain: 'DOCKER-USER', position: 'head', match: drop, target: ['-j', 'DROP'] },
      'present',
      'goes',
    ],
    [{ ...rule, chain: 'empty', position: 'head', match: drop, target: ['-j', 'RETURN'] }, 'present', 'goes'],
    [
      {
        ...rule,
        chain: 'INPUT',
        position: 'head',
        match: ['!', '-i', 'lo', ...port],
        target: ['-j', 'DROP'],
      },
      'present',
      'goes',
    ],
    [{ ...rule, chain: 'FORWARD', position: 'head', match: [], target: ['-j', 'empty'] }, 'present', 'goes'],
    [{ kind: 'iptables-chain', family, table: 'filter', chain: 'TASKFENCE-LAW' }, 'present', 'goes'],
  ]
})
const request = ['-d', '169.254.170.2/32', '-p', 'tcp', '-m', 'tcp', '--dport', '80']
const nat = {
  kind: 'iptables-rule',
  family: 'ipv4',
  table: 'nat',
  position: 'tail',
  match: request,
  tag: 'taskfence-law',
} as const
const fence = (chain: FenceChainName, name: string, match: string, table: FenceTable = 'taskfence'): Row => [
  { kind: 'fence-rule', table, chain, name, tag: 'taskfence-law' },
  `${match} counter name "${name}" drop`,
  'goes',
]

const rows: readonly Row[] = [
  ...rules,
  [
    { ...nat, chain: 'PREROUTING', target: ['-j', 'DNAT', '--to-destination', '127.0.0.1:51679'] },
    'present',
    'goes',
  ],
  [{ ...nat, chain: 'OUTPUT', target: ['-j', 'REDIRECT', '--to-ports', '51679'] }, 'present', 'goes'],
  [
    {
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
      tag: 'taskfence-law',
    },
    'present',
    'goes',
  ],
  [{ kind: 'fence-chain', table: 'taskfence', chain: 'forward' }, declaration('forward'), 'stays'],
  fence('forward', 'law_ipv4', 'ip daddr 169.254.169.254'),
  fence('forward', 'law_ipv6', 'iifname != "docker5" ip6 saddr != fd00:5::/64 ip6 daddr fd00:ec2::254'),
  fence('forward', 'law_ports', 'ip daddr 169.254.169.254 meta l4proto { tcp, udp } th dport != 53'),
  fence('prerouting', 'law_kind', 'iifname != "lo" meta iifkind != "bridge" ip daddr 169.254.170.2'),
  fence('prerouting', 'law_route', 'ip daddr 169.254.170.2 fib daddr . iif oif exists'),
  fence('input', 'law_direction', 'iifname != "lo" tcp dport 51678 ct direction original'),
  fence('input', 'law_syn', 'iifname != "lo" tcp dport 51678 tcp flags & (syn | ack) == syn'),
  [
    { kind: 'fence-rule', table: 'taskfence', chain: 'input', name: 'law_observe', tag: 'taskfence-law' },
    'tcp dport 51678 counter name "law_observe"',
    'goes',
  ],
  [{ kind: 'fence-chain', table: 'taskfence_host', chain: 'imds_host' }, 'jumped to', 'stays'],
  fence('output', 'law_sender', 'socket cgroupv2 level 1 "ecstasks.slice"', 'taskfence_host'),
  fence(
    'output',
    'law_senders',
    'socket cgroupv2 level 2 { "ecstasks.slice/ecstasks-1.slice", "ecstasks.slice/ecstasks-2.slice" }',
    'taskfence_host',
  ),
  [
    {
      kind: 'fence-rule',
      table: 'taskfence_host',
      chain: 'imds_host',
      name: 'law_askers',
      tag: 'taskfence-law',
    },
    'counter name "law_askers" update @law_askers { socket cgroupv2 level 2 }',
    'goes',
  ],
  [{ kind: 'sysctl', key: 'net.ipv4.conf.all.route_localnet' }, '1', 'stays'],
  [{ kind: 'sysctl', key: 'net.ipv4.conf.docker0.route_localnet' }, '1', 'stays'],
  [{ kind: 'agent-setting', path: '/etc/ecs/ecs.config', name: 'ECS_AWSVPC_BLOCK_IMDS' }, 'true', 'goes'],
  [{ kind: 'agent-setting', path: '/etc/ecs/ecs.config', name: 'ECS_ENABLE_TASK_IAM_ROLE' }, 'true', 'goes'],
  [{ kind: 'route', destination: '169.254.170.2/32', device: 'lo' }, 'present', 'goes'],
]

for (const backend of backends)
  inLab(`laws of every kind, ${backend}`, { backend }, async (t, rig) => {
    const concerned = rows.filter(([{ kind }]) => backend === 'nf_tables' || kind.startsWith('iptables'))
    for (const [resource, state, removal] of concerned)
      await t.test(kindOf(resource).id(resource), async t => {
        await rig.reset()
        const before = await rig.listing()
        t.not(await rig.read(resource, state), state, 'does not stand yet')
        await rig.write([resource, null])
        t.equal(await rig.listing(), before, 'taking away what does not stand changes nothing')

        await rig.write([resource, state])
        t.equal(await rig.read(resource, state), state, 'what is written reads back')
        const written = await rig.listing()
        t.not(written, before)
        await rig.write([resource, state])
        t.equal(await rig.listing(), written, 'written twice is written once, byte for byte')

        await rig.write([resource, null])
        if (removal === 'stays') {
          t.equal(await rig.listing(), written, 'is never taken away')
          return
        }
        t.equal(await rig.read(resource, null), null, 'what is taken away is gone')
        const [left, found] = [withoutFence(await rig.listing()), withoutFence(before)]
        t.equal(left, found, 'the rules of others are as they were, byte for byte')
        await rig.write([resource, null])
        t.equal(withoutFence(await rig.listing()), found, 'taken away twice')
      })
  })

/** The table, its chains and its counters stay for what comes next; that its rules are gone was read. */
const withoutFence = (listing: string): string =>
  listing.replace(/^(table inet taskfence|Error: No such file)[^]*/m, '')
