import fc from 'fast-check'
import t from 'tap'
import type { Condition, ConnState, Protocol } from '../../src/netfilter/condition.js'
import { disjoint } from '../../src/netfilter/disjoint.js'
import type { Flow } from '../../src/netfilter/flow.js'
import { allHold } from '../../src/netfilter/match.js'
import { host } from './rules.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const several = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1 })
const networks = several(
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.3',
  '::ffff:10.1.2.3',
  '0.0.0.0/0',
  'no network',
)
const names = several('docker0', 'docker*', 'd*', 'eth0', '*')
const ports = several({ from: 80, to: 80 }, { from: 1, to: 1023 }, { from: 443, to: 8080 })
const negated = fc.boolean()

const kinds: readonly fc.Arbitrary<Condition>[] = [
  fc.record({
    on: fc.constant('family' as const),
    negated,
    family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
  }),
  fc.record({ on: fc.constantFrom('source' as const, 'destination' as const), negated, networks }),
  fc.record({ on: fc.constantFrom('in' as const, 'out' as const), negated, names }),
  fc.record({ on: fc.constant('in-kind' as const), negated, kinds: several('bridge', 'veth') }),
  fc.record({
    on: fc.constant('protocol' as const),
    negated,
    protocols: several<Protocol>('tcp', 'udp', 'other'),
  }),
  fc.record({ on: fc.constant('destination-port' as const), negated, ports }),
  fc.record({
    on: fc.constant('state' as const),
    negated,
    states: several<ConnState>('NEW', 'ESTABLISHED', 'INVALID', 'UNTRACKED', 'DNAT'),
  }),
  fc.record({
    on: fc.constant('direction' as const),
    negated,
    direction: fc.constantFrom('original' as const, 'reply' as const),
  }),
  fc.record({
    on: fc.constant('cgroup' as const),
    negated,
    level: fc.constantFrom(1, 2),
    paths: several('a', 'a/b', 'c'),
  }),
  fc.record({ on: fc.constant('class' as const), negated, classes: several(0, 1, 2) }),
  fc.record({
    on: fc.constant('mark' as const),
    negated,
    value: fc.constantFrom(0, 1, 2, 3),
    mask: fc.constantFrom(1, 3, 0xff),
  }),
  fc.record({ on: fc.constant('syn' as const), negated }),
  fc.record({ on: fc.constant('returns-where-it-came' as const), negated }),
  fc.record({ on: fc.constant('unknown' as const), negated, text: fc.constant('-m whatever') }),
]

/** Two of the same sort: others are never disjoint. */
const pair = fc.oneof(...kinds.map(kind => fc.tuple(kind, kind)))

const flow: fc.Arbitrary<Flow> = fc.record({
  hook: fc.constantFrom('forward' as const, 'output' as const),
  family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
  source: fc.constantFrom('10.1.2.3', '10.2.0.1', '192.0.2.1'),
  destination: fc.constantFrom('10.1.2.3', '172.17.0.2', '192.0.2.1'),
  port: fc.constantFrom(80, 443, 51_679),
  iif: fc.constantFrom('docker0', 'eth0', null),
  iifKind: fc.constantFrom('bridge', 'veth', null),
  oif: fc.constantFrom('docker0', 'eth0', null),
  cgroups: fc.constantFrom(['a', 'a/b'], ['c'], []),
  class: fc.constantFrom(0, 1, 2, undefined),
  mark: fc.constantFrom(0, 1, 2, 3),
  connection: fc.constantFrom('none' as const, 'tracked' as const, 'untracked' as const, 'invalid' as const),
  isValid: fc.constant(true),
  state: fc.constantFrom('NEW' as const, 'ESTABLISHED' as const),
  dnat: fc.boolean(),
  snat: fc.boolean(),
  settled: fc.constant({ destination: false, source: false }),
})

t.test('no packet meets what is disjoint', async t => {
  let found = 0
  fc.assert(
    fc.property(pair, fc.array(flow, { minLength: 20, maxLength: 20 }), ([one, other], flows) => {
      if (!disjoint([one], [other])) return
      found += 1
      for (const packet of flows)
        if (allHold([one], packet, host) === true && allHold([other], packet, host) === true)
          throw new Error(`one meets both: ${JSON.stringify(packet)}`)
    }),
    { numRuns: 3000 },
  )
  t.ok(found > 300, `${found} of 3000 were`)
})

t.test('what surely parts them is seen', async t => {
  const pairs: readonly (readonly [Condition, Condition])[] = [
    [
      { on: 'mark', negated: false, value: 1, mask: 255 },
      { on: 'mark', negated: false, value: 2, mask: 255 },
    ],
    [
      { on: 'cgroup', negated: false, level: 1, paths: ['a'] },
      { on: 'cgroup', negated: true, level: 1, paths: ['a', 'b'] },
    ],
    [
      { on: 'class', negated: false, classes: [1] },
      { on: 'class', negated: true, classes: [1, 2] },
    ],
    [
      { on: 'syn', negated: false },
      { on: 'syn', negated: true },
    ],
    [
      { on: 'in', negated: false, names: ['docker0'] },
      { on: 'in', negated: true, names: ['docker*'] },
    ],
    [
      { on: 'source', negated: false, networks: ['10.1.0.0/16'] },
      { on: 'source', negated: true, networks: ['10.0.0.0/8'] },
    ],
  ]
  for (const [a, b] of pairs)
    t.equal(disjoint([a], [b]), true, `${JSON.stringify(a)} and ${JSON.stringify(b)}`)
})
