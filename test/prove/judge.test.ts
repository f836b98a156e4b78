import t from 'tap'
import type { PacketClaim } from '../../src/model/claim.js'
import type { BaseChain, Hook } from '../../src/netfilter/ruleset.js'
import { statements, type Tracked } from '../../src/prove/bracket-text.js'
import { candidatesIn } from '../../src/prove/candidates.js'
import { judge, type Witness } from '../../src/prove/judge.js'
import { parseCounted } from '../../src/prove/ours.js'
import { hooks, pointsOf } from '../../src/prove/points.js'
import { trailOf } from '../../src/prove/trail.js'

const drop: PacketClaim = {
  kind: 'packet',
  family: 'ipv4',
  origin: { kind: 'container', bridge: 'docker0', hypothetical: false },
  from: '172.17.255.254',
  to: '169.254.169.254',
  protocol: 'tcp',
  port: 80,
  fate: 'dropped',
}
const arrive: PacketClaim = { ...drop, to: '169.254.170.2', fate: 'delivered', arrivesAt: '127.0.0.1:51679' }
const seen: Witness = {
  result: { outcome: 'timeout' },
  trail: null,
  fence: [],
  literal: [],
  counted: [],
  genuine: true,
  refusal: undefined,
  endedAt: undefined,
}
const elsewhere = {
  end: 'vanished',
  hook: 'forward',
  priorities: '0',
  chains: ['ip filter FORWARD'],
} as const
const fence = {
  end: 'vanished',
  hook: 'forward',
  priorities: '-310',
  chains: ['inet taskfence forward'],
} as const
const unrouted = { end: 'unrouted', after: 'prerouting' } as const

t.test('what a packet says of a claim', t => {
  for (const [name, claim, extra, holds] of [
    ['dropped: a time-out alone', drop, {}, null],
    ['dropped: a time-out, and DOCKER-USER counted it', drop, { literal: ['rule'] }, true],
    ['dropped: refused, and nothing counted', drop, { result: { outcome: 'refused' } }, null],
    ['dropped: unreachable, and nothing counted', drop, { result: { outcome: 'unreachable' } }, null],
    ['dropped: never seen', drop, { trail: { end: 'absent' } }, null],
    [
      'dropped: never seen, and the kernel says why',
      drop,
      { trail: { end: 'absent' }, refusal: 'off' },
      true,
    ],
    ['dropped: it left', drop, { trail: { end: 'left' } }, false],
    ['dropped: it reached a socket', drop, { trail: { end: 'local', arrived: false } }, false],
    ['dropped: by the fence', drop, { trail: fence, fence: ['name'] }, true],
    [
      'dropped: by the fence, from a made-up address',
      drop,
      { trail: fence, fence: ['name'], genuine: false },
      true,
    ],
    ['dropped: by others', drop, { trail: elsewhere }, true],
    ['dropped: by others, from a made-up address', drop, { trail: elsewhere, genuine: false }, null],
    ['dropped: not routed', drop, { trail: unrouted }, true],
    ['dropped: not routed, from a made-up address', drop, { trail: unrouted, genuine: false }, null],
    [
      'dropped: not routed, made up, and the kernel says why',
      drop,
      { trail: unrouted, genuine: false, refusal: 'off' },
      true,
    ],
    [
      'dropped: answered, whatever was counted',
      drop,
      { result: { outcome: 'connected', from: '' }, trail: fence, fence: ['name'] },
      false,
    ],
    ['dropped: no packet', drop, { result: { outcome: 'failed', code: 'EADDRINUSE' }, trail: fence }, null],
    [
      'delivered: arrived, nobody listens',
      arrive,
      { trail: { end: 'local', arrived: true }, result: { outcome: 'refused' } },
      true,
    ],
    ['delivered: arrived elsewhere', arrive, { trail: { end: 'local', arrived: false } }, false],
    [
      'delivered: answered from elsewhere',
      arrive,
      { trail: { end: 'left' }, result: { outcome: 'connected', from: '' } },
      false,
    ],
    ['delivered: dropped', arrive, { trail: elsewhere }, false],
    ['delivered: not routed', arrive, { trail: unrouted }, false],
    ['delivered: never seen', arrive, { trail: { end: 'absent' } }, null],
    ['delivered: no packet', arrive, { result: { outcome: 'failed', code: 'EADDRNOTAVAIL' } }, null],
    [
      'delivered, not counted: it ended where it should',
      arrive,
      { result: { outcome: 'connected', from: '' }, endedAt: '127.0.0.1:51679' },
      true,
    ],
    [
      'delivered, not counted: it ended elsewhere',
      arrive,
      { result: { outcome: 'connected', from: '' }, endedAt: '127.0.0.1:80' },
      false,
    ],
    [
      'delivered, not counted: where it ended is not known',
      arrive,
      { result: { outcome: 'connected', from: '' } },
      null,
    ],
    ['delivered, not counted: refused', arrive, { result: { outcome: 'refused' } }, null],
    ['delivered, not counted: a time-out', arrive, {}, null],
    ['delivered anywhere: it left', { ...drop, fate: 'delivered' }, { trail: { end: 'left' } }, true],
  ] as const satisfies readonly (readonly [string, PacketClaim, Partial<Witness>, boolean | null])[])
    t.equal(judge(claim, { ...seen, ...extra }).holds, holds, name)
  t.end()
})

const chain = (hook: Hook, priority: number, type: BaseChain['type'] = 'filter'): BaseChain => ({
  table: `table${priority}`,
  name: hook,
  families: ['ipv4'],
  type,
  hook,
  priority,
  policy: 'accept',
  rules: [],
  chains: new Map(),
})

t.test('where a packet met its end', t => {
  const standing = [chain('prerouting', -310), chain('forward', -310), chain('forward', 0)]
  const points = pointsOf({ chains: standing, unread: [] })
  /** Seen by so many points of each hook, in their order. */
  const walk = (passed: Partial<Record<Hook, number>>, fromHost = false) => {
    const counts = new Map(
      hooks.flatMap(hook =>
        points
          .flatMap((point, at) => (point.hook === hook ? [at] : []))
          .slice(0, passed[hook] ?? 0)
          .map(at => [`p0_${at}`, 1] as const),
      ),
    )
    return trailOf(0, { family: 'ipv4', fromHost }, points, counts)
  }
  const [pre, forward, post] = [{ prerouting: 3 }, { forward: 4 }, { postrouting: 2 }]
  const out = { output: 2, ...post }
  for (const [name, found, wanted] of [
    ['never seen', walk({}), { end: 'absent' }],
    [
      'where no chain stands',
      walk({ prerouting: 1 }),
      { end: 'vanished', hook: 'prerouting', priorities: '', chains: [] },
    ],
    [
      'in prerouting',
      walk({ prerouting: 2 }),
      { end: 'vanished', hook: 'prerouting', priorities: '-310', chains: ['table-310 prerouting'] },
    ],
    ['before forward', walk(pre), { end: 'unrouted', after: 'prerouting' }],
    [
      'in the second of two chains',
      walk({ ...pre, forward: 3 }),
      { end: 'vanished', hook: 'forward', priorities: '0', chains: ['table0 forward'] },
    ],
    ['before postrouting', walk({ ...pre, ...forward }), { end: 'unrouted', after: 'forward' }],
    ['nowhere: it left', walk({ ...pre, ...forward, ...post }), { end: 'left' }],
    ['nowhere: it is here', walk({ ...pre, input: 2 }), { end: 'local', arrived: false }],
    ['from the host, before postrouting', walk({ output: 2 }, true), { end: 'unrouted', after: 'output' }],
    ['from the host, nowhere', walk(out, true), { end: 'left' }],
    [
      'from the host to itself, before input',
      walk({ ...out, ...pre }, true),
      { end: 'unrouted', after: 'prerouting' },
    ],
    [
      'from the host to itself, nowhere',
      walk({ ...out, ...pre, input: 2 }, true),
      { end: 'local', arrived: false },
    ],
  ] as const)
    t.strictSame(found, wanted, name)
  t.end()
})

t.test('chains at neighbouring priorities share the space between two points', t => {
  const points = pointsOf({
    chains: [chain('forward', 0), chain('forward', 1), chain('forward', 5)],
    unread: [],
  })
  t.strictSame(
    points
      .filter(({ hook }) => hook === 'forward')
      .map(({ priority, before }) => [priority, before.map(one => one.priority)]),
    [
      [-2_000_000_000, []],
      [-1, [0, 1]],
      [4, [5]],
      [2_000_000_000, []],
    ],
  )
  t.end()
})

t.test('conntrack is asked only where it is in use, and only after source NAT', t => {
  const one: Tracked = {
    family: 'ipv4',
    source: '172.17.255.254',
    sourcePort: 40000,
    to: '169.254.170.2',
    port: 80,
    arrivesAt: undefined,
  }
  const points = pointsOf({ chains: [chain('postrouting', 100, 'nat')], unread: [] })
  const asking = (conntrack: boolean) =>
    statements('inet x', points, [one], conntrack).filter(text => text.includes('ct original'))
  t.equal(asking(false).length, 0)
  t.strictSame(
    asking(true).map(text => points[Number(/ at(\d+) /.exec(text)?.[1])]?.hook),
    ['input', 'postrouting'],
  )
  t.end()
})

t.test('addresses for the probe', t => {
  const bridge = { family: 'ipv4', address: '172.17.0.1', prefix: 16 } as const
  for (const [name, found, wanted] of [
    ['from the top', candidatesIn(bridge, [], 0, 2), ['172.17.255.254', '172.17.255.253']],
    ['another run begins elsewhere', candidatesIn(bridge, [], 3, 1), ['172.17.255.251']],
    ['not one that is taken', candidatesIn(bridge, ['172.17.255.254'], 0, 1), ['172.17.255.253']],
    ['not in a network that is allowed', candidatesIn(bridge, ['172.17.128.0/17'], 0, 1), ['172.17.127.254']],
    ['a small network has one', candidatesIn({ ...bridge, prefix: 30 }, [], 0, 4), ['172.17.0.2']],
    ['a wire of two has none', candidatesIn({ ...bridge, prefix: 31 }, [], 0, 4), []],
    [
      'IPv6',
      candidatesIn({ family: 'ipv6', address: 'fd17::1', prefix: 64 }, [], 0, 1),
      ['fd17::ffff:ffff:ffff:fffe'],
    ],
    [
      'IPv6, short',
      candidatesIn({ family: 'ipv6', address: 'fd17::1', prefix: 120 }, [], 0, 1),
      ['fd17::fe'],
    ],
  ] as const)
    t.strictSame(found, wanted, name)
  t.end()
})

t.test('counters of iptables', t => {
  const text = [
    '-N DOCKER-USER -c 0 0',
    '-A DOCKER-USER -d 169.254.169.254/32 -i docker+ -m comment --comment taskfence-imds-bridge -c 7 420 -j DROP',
    '-A DOCKER-USER -s 10.0.0.0/8 -c 1 60 -j REJECT --reject-with icmp-port-unreachable',
    '-A DOCKER-USER -c 9 540 -j RETURN',
    '',
  ].join('\n')
  t.strictSame(
    [...parseCounted(text)],
    [
      [
        '-A DOCKER-USER -d 169.254.169.254/32 -i docker+ -m comment --comment taskfence-imds-bridge -j DROP',
        7,
      ],
      ['-A DOCKER-USER -s 10.0.0.0/8 -j REJECT --reject-with icmp-port-unreachable', 1],
    ],
  )
  t.end()
})
