import t from 'tap'
import type { Control } from '../../src/controls/control.js'
import { controls } from '../../src/controls/index.js'
import { claimText, desiredText } from './words.js'
import type { Facts } from '../../src/model/facts.js'
import type { Mode, Policy } from '../../src/model/policy.js'
import { platformFor } from '../../src/platforms/index.js'
import { agentConfigOf, agentOf, dockerOf, factsOf, networkOf, policyOf } from '../fakes/machine.js'

interface Case {
  readonly facts?: Partial<Facts>
  readonly mode?: Mode
  readonly allow?: Policy['imdsAllow']
}

const named = (id: string): Control => {
  const found = controls.find(control => control.id === id)
  if (found === undefined) throw new Error(`no control ${id}`)
  return found
}
const contextOf = ({ facts: given = {}, mode = 'enforce', allow = [] }: Case) => {
  const facts = factsOf(given)
  return { facts, mode, policy: policyOf({}, allow), platform: platformFor(facts.os) }
}
const desires = (id: string, given: Case = {}) => named(id).desire(contextOf(given)).map(desiredText)
const claims = (id: string, given: Case = {}) => named(id).claims(contextOf(given)).map(claimText)
const skips = (id: string, given: Case = {}) => named(id).skip?.(contextOf(given))

const noNft = { nft: null }
const oldNft = { nft: { version: '0.9.0', usable: true, expressions: [] } }
const bridges = networkOf([
  'ens5 ethernet 10.0.0.10/24',
  'docker0 bridge 172.17.0.1/16',
  'br-1a bridge 172.18.0.1/16',
])
const ipv4Only = { kernel: { release: '6.1.0', ipv6: false } }
const declared = (hook: string) => `chain ${hook}`

t.test('route-localnet', async t => {
  t.same(desires('route-localnet'), ['sysctl net.ipv4.conf.all.route_localnet = 1'])
  t.same(desires('route-localnet', { mode: 'observe' }), [
    'sysctl net.ipv4.conf.all.route_localnet = 1 (only reported)',
  ])
  const to = (name: string) => `localnet on ${name}`
  t.same(
    claims('route-localnet'),
    ['docker0', 'br-0123456789ab', 'ecs-bridge', 'default'].map(to),
    'bridges to come',
  )
  t.same(claims('route-localnet', { facts: { network: bridges } }), ['docker0', 'br-1a', 'default'].map(to))
})

const dnat =
  'ipv4 nat PREROUTING tail: -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51679'
const redirect =
  'ipv4 nat OUTPUT tail: -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 51679'
const accept =
  'ipv4 filter INPUT head: -d 127.0.0.1/32 -p tcp -m tcp --dport 51679 -m conntrack --ctstate DNAT -j ACCEPT'
const dropping = {
  rules: { ...factsOf().rules, inputDrops: { credentials: true, introspection: false } } as NonNullable<
    Facts['rules']
  >,
}
const noRoute = { network: networkOf([], { defaultRoutes: { ipv4: [], ipv6: ['ens5'] } }) }

t.test('task-credentials', async t => {
  const id = 'task-credentials'
  t.same(desires(id), [dnat, redirect], 'as documented')
  t.same(desires(id, { facts: dropping }), [dnat, redirect, accept], 'where INPUT would drop it')
  t.same(
    desires(id, { facts: noRoute }),
    [dnat, redirect, 'route 169.254.170.2/32 dev lo'],
    'no IPv4 default route',
  )
  t.same(desires(id, { facts: { network: null } }), [dnat, redirect], 'no route on a guess')
  t.same(desires(id, { facts: noNft }), [dnat, redirect], 'no nft is needed')
  t.same(
    desires(id, { mode: 'observe' }),
    [dnat, redirect].map(text => `${text} (only reported)`),
  )
  t.same(claims(id, { facts: { network: bridges } }), [
    'ipv4 from docker0 172.17.0.2 to 169.254.170.2:80 delivered at 127.0.0.1:51679',
    'ipv4 from br-1a 172.18.0.2 to 169.254.170.2:80 delivered at 127.0.0.1:51679',
    'ipv4 from the host 10.0.0.10 to 169.254.170.2:80 delivered at 127.0.0.1:51679',
  ])
  t.equal(claims(id).length, 4, 'docker0, br-, ecs-bridge and the host, though none is there')
})

const fence = (family: 'ipv4' | 'ipv6', match: string, verdict = ' drop') =>
  `forward: ${match} counter name "imds_bridge_${family}"${verdict}`
const literal = (family: 'ipv4' | 'ipv6', network: string) => [
  `${family} filter chain DOCKER-USER`,
  `${family} filter DOCKER-USER head: -d ${network} -i docker+ -j DROP`,
  `${family} filter FORWARD head: -j DOCKER-USER`,
]
const closed4 = [declared('forward'), fence('ipv4', 'ip daddr 169.254.169.254')]
const closed6 = [declared('forward'), fence('ipv6', 'ip6 daddr fd00:ec2::254')]
const literal4 = literal('ipv4', '169.254.169.254/32')
const literal6 = literal('ipv6', 'fd00:ec2::254/128')
const onDocker = (firewallBackend: string) => ({
  docker: dockerOf('29.0.0', { firewallBackend }),
})
const noIp6tables = {
  iptables: { ...factsOf().iptables, families: ['ipv4'] } as NonNullable<Facts['iptables']>,
}

const imds: readonly (readonly [behaviour: string, given: Case, desired: readonly string[]])[] = [
  ['both families, in the fence and as documented', {}, [...closed4, ...closed6, ...literal4, ...literal6]],
  ['a kernel without IPv6', { facts: ipv4Only }, [...closed4, ...literal4]],
  [
    'a kernel that did not tell of IPv6',
    { facts: { kernel: null } },
    [...closed4, ...closed6, ...literal4, ...literal6],
  ],
  ['no nft: the documented rules alone', { facts: noNft }, [...literal4, ...literal6]],
  ['no ip6tables: the fence closes IPv6', { facts: noIp6tables }, [...closed4, ...closed6, ...literal4]],
  ["Docker's nftables backend has no DOCKER-USER", { facts: onDocker('nftables') }, [...closed4, ...closed6]],
  [
    "Docker's iptables backend",
    { facts: onDocker('iptables') },
    [...closed4, ...closed6, ...literal4, ...literal6],
  ],
  [
    'observe: counted, and what would drop literally is taken away',
    { mode: 'observe', facts: ipv4Only },
    [
      declared('forward'),
      fence('ipv4', 'ip daddr 169.254.169.254', ''),
      `${literal4[0] ?? ''} (only reported)`,
      `no ${literal4[1] ?? ''}`,
      `no ${literal4[2] ?? ''}`,
    ],
  ],
  [
    "the resolver's port stays open",
    { facts: { ...ipv4Only, network: networkOf([], { metadataIsResolver: true }) } },
    [
      declared('forward'),
      fence('ipv4', 'ip daddr 169.254.169.254 meta l4proto { tcp, udp } th dport != 53'),
      declared('forward'),
      'forward: ip daddr 169.254.169.254 meta l4proto != { tcp, udp } counter name "imds_bridge_ipv4_other" drop',
      ...literal4.slice(0, 2),
      'ipv4 filter DOCKER-USER head: -d 169.254.169.254/32 -p tcp -m tcp --dport 53 -j RETURN',
      'ipv4 filter DOCKER-USER head: -d 169.254.169.254/32 -p udp -m udp --dport 53 -j RETURN',
      ...literal4.slice(2),
    ],
  ],
  [
    'a bridge that is allowed',
    { facts: ipv4Only, allow: [{ bridge: 'docker0', reason: 'r' }] },
    [
      declared('forward'),
      fence('ipv4', 'iifname != "docker0" ip daddr 169.254.169.254'),
      ...literal4.slice(0, 2),
      'ipv4 filter DOCKER-USER head: -d 169.254.169.254/32 -i docker0 -j RETURN',
      ...literal4.slice(2),
    ],
  ],
  [
    'a bridge that the literal rule does not hit needs no exception there',
    { facts: ipv4Only, allow: [{ bridge: 'br-1a', reason: 'r' }] },
    [declared('forward'), fence('ipv4', 'iifname != "br-1a" ip daddr 169.254.169.254'), ...literal4],
  ],
  [
    'networks that are allowed, each in its family',
    {
      allow: [
        { cidr: '172.18.0.0/16', reason: 'r' },
        { cidr: 'fd18::/64', reason: 'r' },
      ],
    },
    [
      declared('forward'),
      fence('ipv4', 'ip saddr != 172.18.0.0/16 ip daddr 169.254.169.254'),
      declared('forward'),
      fence('ipv6', 'ip6 saddr != fd18::/64 ip6 daddr fd00:ec2::254'),
      ...literal4.slice(0, 2),
      'ipv4 filter DOCKER-USER head: -s 172.18.0.0/16 -d 169.254.169.254/32 -j RETURN',
      ...literal4.slice(2),
      ...literal6.slice(0, 2),
      'ipv6 filter DOCKER-USER head: -s fd18::/64 -d fd00:ec2::254/128 -j RETURN',
      ...literal6.slice(2),
    ],
  ],
]

t.test('imds-bridge', async t => {
  for (const [behaviour, given, desired] of imds) t.same(desires('imds-bridge', given), desired, behaviour)
})

const closed = (bridge: string, from4: string, from6: string) => [
  `ipv4 from ${bridge} ${from4} to 169.254.169.254:80 dropped`,
  `ipv6 from ${bridge} ${from6} to fd00:ec2::254:80 dropped`,
]
const nowhere = ['192.0.2.77', '2001:db8::77'] as const

t.test('imds-bridge promises it for every bridge', async t => {
  const id = 'imds-bridge'
  const tomorrow = ['docker0', 'br-0123456789ab', 'ecs-bridge'].flatMap(bridge => closed(bridge, ...nowhere))
  t.same(claims(id), tomorrow, 'with none, for those to come')
  t.same(claims(id, { facts: { network: null } }), tomorrow, 'and where none could be told')
  const live = ['docker0', 'br-1a'].map((bridge, index) =>
    closed(bridge, `172.${17 + index}.0.2`, nowhere[1]),
  )
  t.same(claims(id, { facts: { network: bridges } }), live.flat())
  const allow = [{ bridge: 'br-1a', reason: 'r' }]
  t.same(claims(id, { facts: { network: bridges }, allow }), live[0], 'but one that policy allows')
  const wide = [{ cidr: '172.16.0.0/12', reason: 'r' }]
  t.same(claims(id, { facts: { network: bridges, ...ipv4Only }, allow: wide }), [], 'or networks')
  const uplink = networkOf(['lanbr0 bridge 10.0.0.10/24', 'docker0 bridge 172.17.0.1/16'], {
    defaultRoutes: { ipv4: ['lanbr0'], ipv6: [] },
  })
  t.notOk(
    claims(id, { facts: { network: uplink } }).some(text => text.includes('lanbr0')),
    "the host's own uplink is no bridge of containers",
  )
})

t.test('what an allowance is told as', async t => {
  const allow = [
    { bridge: 'br-1a', reason: 'builds' },
    { cidr: '172.18.0.0/16', reason: 'jobs' },
  ]
  t.same(named('imds-bridge').notes?.(contextOf({ allow })), [
    'allowed by policy to reach the metadata service: bridge br-1a (builds)',
    'allowed by policy to reach the metadata service: 172.18.0.0/16 (jobs)',
  ])
})

const asked = [
  declared('prerouting'),
  'prerouting: iifname != "lo" ip daddr 169.254.170.2 counter name "credentials_guard_asked" jump credentials_guard',
  declared('credentials_guard'),
  'credentials_guard: meta iifkind "bridge" counter name "credentials_guard_bridge" return',
  declared('credentials_guard'),
]
const kind = [...asked, 'credentials_guard: counter name "credentials_guard_kind" drop']
const route =
  'prerouting: ip daddr 169.254.170.2 fib daddr . iif oif exists counter name "credentials_guard_route" drop'
const loop = 'prerouting: iifname != "lo" ip daddr 127.0.0.0/8 counter name "loopback_guard" drop'
const martian =
  'ipv4 filter INPUT head: ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'
const shut = (began: string, bridge = 'docker0', verdict = ' drop') =>
  `input: iifname != "lo" iifname != "${bridge}" tcp dport 51678 ${began} counter name "introspection_guard"${verdict}`
const port = '-p tcp -m tcp --dport 51678'
const shutLiterally = (family: string, bridge = 'docker0') => [
  `${family} filter INPUT head: ! -i lo ${port} -j DROP`,
  `${family} filter INPUT head: -i ${bridge} ${port} -j ACCEPT`,
]
const other = {
  docker: dockerOf('28.0.0', { defaultBridge: 'br-main' }),
}

const guards: readonly (readonly [id: string, behaviour: string, given: Case, desired: readonly string[]])[] =
  [
    ['credentials-guard', 'two tests together', {}, [...kind, declared('prerouting'), route]],
    [
      'credentials-guard',
      'a kernel without iifkind',
      { facts: { nft: { version: '1.0.6', usable: true, expressions: ['fib'] } } },
      [declared('prerouting'), route],
    ],
    ['loopback-guard', 'before any NAT', {}, [declared('prerouting'), loop]],
    ['loopback-guard', "no nft: ecs-init's own rule", { facts: noNft }, [martian]],
    ['loopback-guard', 'no nft, observed', { facts: noNft, mode: 'observe' }, [`no ${martian}`]],
    ['introspection-guard', 'by direction', {}, [declared('input'), shut('ct direction original')]],
    [
      'introspection-guard',
      'without direction, by the first packet',
      { facts: oldNft },
      [declared('input'), shut('tcp flags & (syn | ack) == syn')],
    ],
    [
      'introspection-guard',
      "Docker's default bridge by its own name",
      { facts: other },
      [declared('input'), shut('ct direction original', 'br-main')],
    ],
    [
      'introspection-guard',
      'observed',
      { mode: 'observe' },
      [declared('input'), shut('ct direction original', 'docker0', '')],
    ],
    ['introspection-guard', 'no nft', { facts: noNft }, [...shutLiterally('ipv4'), ...shutLiterally('ipv6')]],
    ['introspection-guard', 'no nft, no IPv6', { facts: { ...noNft, ...ipv4Only } }, shutLiterally('ipv4')],
  ]

t.test('guards', async t => {
  for (const [id, behaviour, given, desired] of guards)
    t.same(desires(id, given), desired, `${id}: ${behaviour}`)
})

t.test('where a guard does not apply, it says why', async t => {
  const config = (skip: boolean, allow: boolean) => ({
    facts: {
      agentConfig: agentConfigOf({ skipLocalhostTrafficFilter: skip, allowOffhostIntrospection: allow }),
    },
  })
  t.match(skips('credentials-guard', { facts: noNft }), /nft/)
  t.match(skips('loopback-guard', config(true, false)), /ECS_SKIP_LOCALHOST_TRAFFIC_FILTER/)
  t.match(skips('introspection-guard', config(false, true)), /ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS/)
  for (const id of ['route-localnet', 'task-credentials'])
    t.match(skips(id, { facts: { agent: agentOf('1.10.0') } }), /the first with task roles/)
  for (const id of [
    'credentials-guard',
    'loopback-guard',
    'introspection-guard',
    'imds-bridge',
    'task-credentials',
  ]) {
    t.equal(skips(id, config(false, false)), undefined, id)
    t.equal(
      skips(id, { facts: { agentConfig: null } }),
      undefined,
      `${id}: switches that could not be read turn nothing off`,
    )
  }
})

t.test('a program that could not be told is not one that is missing', async t => {
  const facts = { nft: null, unknown: { nft: '`nft --version` did not answer in 10 s' } }
  t.equal(skips('credentials-guard', { facts }), undefined)
  t.same(desires('credentials-guard', { facts }), desires('credentials-guard'), 'credentials-guard')
  t.same(desires('loopback-guard', { facts }), desires('loopback-guard'), 'loopback-guard')
  t.same(desires('introspection-guard', { facts }), desires('introspection-guard'), 'introspection-guard')
  t.same(desires('imds-bridge', { facts }), desires('imds-bridge'), 'imds-bridge')
})

const addressed = networkOf([
  'lo loopback 127.0.0.1/8',
  'ens5 ethernet 10.0.0.10/24 fd10::10/64',
  'docker0 bridge 172.17.0.1/16',
  'veth1 veth',
])

t.test('neighbours are on every interface that is none of the containers', async t => {
  t.same(
    claims('loopback-guard', {
      facts: { network: networkOf(['ens5', 'ens6', 'wg0 wireguard', 'docker0 bridge']) },
    }),
    [
      'ipv4 from neighbour ens5 192.0.2.77 to 127.0.0.1:51679 dropped',
      'ipv4 from neighbour ens6 192.0.2.77 to 127.0.0.1:51679 dropped',
      'ipv4 from neighbour wg0 192.0.2.77 to 127.0.0.1:51679 dropped',
    ],
  )
  t.same(
    claims('credentials-guard'),
    ['ipv4 from neighbour eth0 192.0.2.77 to 169.254.170.2:80 dropped'],
    'one to come',
  )
  t.ok(
    claims('introspection-guard', { facts: { network: addressed } }).includes(
      'ipv6 from neighbour ens5 fd10::11 to fd10::10:51678 dropped',
    ),
  )
  t.ok(
    claims('introspection-guard', { facts: { network: addressed } }).includes(
      'ipv4 from docker0 172.17.0.2 to 172.17.0.1:51678 delivered',
    ),
  )
})

t.test('every control says what it is', async t => {
  t.equal(new Set(controls.map(({ id }) => id)).size, controls.length)
  for (const { id, title, why, source, byHand, limits } of controls) {
    t.match(id, /^[a-z]+(-[a-z]+)+$/, 'fit for a comment that iptables does not quote')
    t.ok([title, why, source].every(text => text !== '') && byHand.length > 0 && limits.length > 0, id)
  }
})

t.test('what closes comes before what opens', async t => {
  const order = controls.map(({ id }) => id)
  for (const guard of ['credentials-guard', 'loopback-guard'])
    for (const opener of ['route-localnet', 'task-credentials'])
      t.ok(order.indexOf(guard) < order.indexOf(opener), `${guard} before ${opener}`)
})
