import fc from 'fast-check'
import t from 'tap'
import type { IpFamily } from '../../src/model/facts.js'
import type { Fate, Packet, Surroundings } from '../../src/netfilter/packet.js'
import { parseNftTables } from '../../src/netfilter/parse-nft.js'
import type { BaseChain, Hook, Rule, Ruleset } from '../../src/netfilter/ruleset.js'
import { walk } from '../../src/netfilter/walk.js'
import { chainsOf, host, request, ruleset } from './rules.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const say = (fate: Fate): string => {
  if (fate.fate === 'dropped') return `dropped: ${fate.by}`
  return fate.fate === 'unknown' ? `unknown: ${fate.because}` : `${fate.to} ${fate.address}:${fate.port}`
}
const ask = (rules: Ruleset, packet: Partial<Packet> = {}, about: Partial<Surroundings> = {}) =>
  say(walk(rules, { ...request, ...packet }, { ...host, ...about }))

const drop = '-A DOCKER-USER -i docker+ -d 169.254.169.254/32 -j DROP'
const jump = '-N DOCKER-USER\n-A FORWARD -j DOCKER-USER'
const dropped = `dropped: ip filter DOCKER-USER: ${drop}`
const out = 'forwarded 169.254.169.254:80'

const filters: readonly [string, string, string, Partial<Packet>?][] = [
  ['the documented drop', `${jump}\n${drop}`, dropped],
  ['the drop behind RETURN', `${jump}\n-A DOCKER-USER -j RETURN\n${drop}`, out],
  ['a bridge that docker+ does not name', `${jump}\n${drop}`, out, { iif: 'br-1', source: '172.18.0.2' }],
  ['an accept above the drop', `${jump}\n-A DOCKER-USER -s 172.17.0.2 -j ACCEPT\n${drop}`, out],
  [
    'an accept above the jump',
    `-N DOCKER-USER\n-A FORWARD -i docker0 -j ACCEPT\n-A FORWARD -j DOCKER-USER\n${drop}`,
    out,
  ],
  ['the jump missing', `-N DOCKER-USER\n${drop}`, out],
  ['a jump by goto', `-N DOCKER-USER\n-A FORWARD -g DOCKER-USER\n-A FORWARD -j ACCEPT\n${drop}`, dropped],
  [
    'what goto leaves is the policy',
    '-P FORWARD DROP\n-N X\n-A FORWARD -g X\n-A FORWARD -j ACCEPT',
    'dropped: policy DROP of ip filter FORWARD',
  ],
  [
    'goto inside a chain comes back to the first',
    '-N X\n-N Y\n-A FORWARD -j X\n-A FORWARD -j DROP\n-A X -g Y\n-A X -j ACCEPT',
    'dropped: ip filter FORWARD: -A FORWARD -j DROP',
  ],
  [
    'RETURN in a built-in chain is its policy',
    '-P FORWARD DROP\n-A FORWARD -j RETURN\n-A FORWARD -j ACCEPT',
    'dropped: policy DROP of ip filter FORWARD',
  ],
  [
    'an established connection below its accept',
    `${jump}\n-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n${drop}`,
    out,
    { state: 'established' },
  ],
  [
    'a new connection below that accept',
    `${jump}\n-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n${drop}`,
    dropped,
  ],
  [
    'a rule for SYNs does not cut what is established',
    '-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
    out,
    { state: 'established' },
  ],
  [
    'a one-way connection is none that is established',
    '-A FORWARD -m conntrack --ctstate NEW,RELATED,ESTABLISHED -j DROP\n-A FORWARD -m conntrack ! --ctdir REPLY -j DROP',
    out,
    { state: 'one-way' },
  ],
  [
    'a one-way connection is invalid',
    '-A FORWARD -m conntrack --ctstate INVALID -j DROP',
    'dropped: ip filter FORWARD: -A FORWARD -m conntrack --ctstate INVALID -j DROP',
    { state: 'one-way' },
  ],
  [
    'a limit in front of the drop',
    `${jump}\n-A DOCKER-USER -m limit --limit 5/min -j ACCEPT\n${drop}`,
    'unknown: cannot tell what "-A DOCKER-USER -m limit --limit 5/min -j ACCEPT" in ip filter DOCKER-USER does',
  ],
  ['a limit behind the drop', `${jump}\n${drop}\n-A DOCKER-USER -m limit --limit 5/min -j ACCEPT`, dropped],
  ['a limit that only logs', `-A FORWARD -m limit --limit 5/min -j LOG\n${jump}\n${drop}`, dropped],
  [
    'an unknown test that drops in front of the drop',
    `${jump}\n-A DOCKER-USER -m recent --update --name x -j DROP\n${drop}`,
    dropped,
  ],
  [
    'an unknown target in front of the drop',
    `-A FORWARD -j NFQUEUE --queue-num 0\n${jump}\n${drop}`,
    'unknown: cannot tell what "-A FORWARD -j NFQUEUE --queue-num 0" in ip filter FORWARD does',
  ],
  [
    'a jump to a chain that is not there',
    `-A FORWARD -j GONE\n${jump}\n${drop}`,
    'unknown: cannot tell what "-A FORWARD -j GONE" in ip filter FORWARD does',
  ],
  [
    "a test of the sender's port that decides",
    '-A FORWARD -p tcp -m tcp --sport 40000 -j DROP',
    'unknown: cannot tell what "-A FORWARD -p tcp -m tcp --sport 40000 -j DROP" in ip filter FORWARD does',
  ],
  ["a sender's port that programs do not get", '-A FORWARD -p tcp -m tcp --sport 0:1023 -j DROP', out],
  [
    'all ports that programs get',
    '-A FORWARD -p tcp -m tcp --sport 1024:65535 -j DROP',
    'dropped: ip filter FORWARD: -A FORWARD -p tcp -m tcp --sport 1024:65535 -j DROP',
  ],
  [
    'ports of either end, where programs get theirs from them',
    '-A FORWARD -p tcp -m multiport --ports 1024:65535 -j DROP',
    'dropped: ip filter FORWARD: -A FORWARD -p tcp -m multiport --ports 1024:65535 -j DROP',
  ],
  ['ports of either end that neither has', '-A FORWARD -p tcp -m multiport --ports 81,443 -j DROP', out],
  [
    'a chain that jumps to itself',
    '-N X\n-A FORWARD -j X\n-A X -j X',
    'unknown: cannot tell what "-A X -j X" in ip filter X does',
  ],
  [
    'an address type',
    '-A FORWARD -m addrtype ! --dst-type LOCAL -j REJECT',
    'dropped: ip filter FORWARD: -A FORWARD -m addrtype ! --dst-type LOCAL -j REJECT',
  ],
  [
    'an address type that only routing knows',
    '-A FORWARD -m addrtype --dst-type BLACKHOLE -j DROP',
    'unknown: cannot tell what "-A FORWARD -m addrtype --dst-type BLACKHOLE -j DROP" in ip filter FORWARD does',
  ],
  ['rules of input for a forwarded packet', '-P INPUT DROP\n-P OUTPUT DROP', out],
]

for (const [name, rules, expected, packet] of filters)
  t.test(`forward: ${name}`, async t => t.equal(ask(ruleset(chainsOf('filter', rules)), packet), expected))

const credentials = { destination: '169.254.170.2' }
const dnat = chainsOf(
  'nat',
  '-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51679\n-A OUTPUT -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 51679',
)
const input = (rules: string) => ruleset(dnat, chainsOf('filter', rules))
const guard =
  '-A INPUT ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'
const agent = 'local 127.0.0.1:51679'
const fromHost: Partial<Packet> = { ...credentials, iif: null, source: '10.0.0.10' }
const neighbour: Partial<Packet> = {
  destination: '127.0.0.1',
  destinationPort: 51679,
  iif: 'eth0',
  iifKind: null,
  source: '10.0.0.1',
}

const nats: readonly [string, Ruleset, string, Partial<Packet>?, Partial<Surroundings>?][] = [
  ['the documented DNAT', input(guard), agent, credentials],
  [
    'without route_localnet',
    input(guard),
    'dropped: no route_localnet on docker0 (martian)',
    credentials,
    { routeLocalnet: () => false },
  ],
  [
    'route_localnet not told',
    input(guard),
    'unknown: cannot tell whether route_localnet is on for docker0',
    credentials,
    { routeLocalnet: () => undefined },
  ],
  ['another port', input(guard), 'forwarded 169.254.170.2:81', { ...credentials, destinationPort: 81 }],
  ['an established connection keeps its NAT', input(guard), agent, { ...credentials, state: 'established' }],
  [
    'NAT leaves a one-way connection alone',
    input(guard),
    'forwarded 169.254.170.2:80',
    { ...credentials, state: 'one-way' },
  ],
  ['INPUT that drops', input('-P INPUT DROP'), 'dropped: policy DROP of ip filter INPUT', credentials],
  [
    'INPUT that lets DNAT in',
    input(
      '-P INPUT DROP\n-A INPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 51679 -m conntrack --ctstate DNAT -j ACCEPT',
    ),
    agent,
    credentials,
  ],
  ['a neighbour to loopback', input(guard), `dropped: ip filter INPUT: ${guard}`, neighbour],
  ['a neighbour to loopback without the guard', input(''), agent, neighbour],
  ['the host itself', input(guard), agent, fromHost],
  [
    'the host without the rule of OUTPUT',
    ruleset(
      chainsOf(
        'nat',
        '-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51679',
      ),
    ),
    'forwarded 169.254.170.2:80',
    fromHost,
  ],
  [
    'the host, by rules that name the interface of its first route',
    input('-A OUTPUT -o lo -j DROP'),
    agent,
    fromHost,
  ],
  [
    'the host, over lo, is asked at prerouting again',
    ruleset(dnat, chainsOf('mangle', '-A PREROUTING -i lo -d 127.0.0.0/8 -j DROP')),
    'dropped: ip mangle PREROUTING: -A PREROUTING -i lo -d 127.0.0.0/8 -j DROP',
    fromHost,
  ],
  [
    'NAT of prerouting is not for what the host sends itself',
    ruleset(chainsOf('nat', '-A PREROUTING -p tcp -j REDIRECT --to-ports 99')),
    'local 10.0.0.10:80',
    { iif: null, source: '10.0.0.10', destination: '10.0.0.10' },
  ],
  [
    'notrack takes the NAT away',
    ruleset(dnat, chainsOf('raw', '-A PREROUTING -i docker0 -j CT --notrack')),
    'forwarded 169.254.170.2:80',
    credentials,
  ],
  [
    'raw knows no connection yet',
    ruleset(chainsOf('raw', '-A PREROUTING -m conntrack --ctstate NEW -j DROP')),
    out,
  ],
  [
    'raw sees INVALID',
    ruleset(chainsOf('raw', '-A PREROUTING -m conntrack --ctstate INVALID -j DROP')),
    'dropped: ip raw PREROUTING: -A PREROUTING -m conntrack --ctstate INVALID -j DROP',
  ],
  [
    'REDIRECT to an address that is not told',
    ruleset(chainsOf('nat', '-A PREROUTING -p tcp -j REDIRECT --to-ports 81')),
    'local an address of docker0:81',
  ],
  [
    'REDIRECT to an address that is told',
    ruleset(chainsOf('nat', '-A PREROUTING -p tcp -j REDIRECT')),
    'local 172.17.0.1:80',
    {},
    { addressOf: () => '172.17.0.1' },
  ],
  [
    'a mark set before the filter',
    ruleset(
      chainsOf('mangle', '-A PREROUTING -j MARK --set-xmark 0x1/0x1'),
      chainsOf('filter', '-A FORWARD -m mark --mark 0x1 -j DROP'),
    ),
    'dropped: ip filter FORWARD: -A FORWARD -m mark --mark 0x1 -j DROP',
  ],
  [
    'a mark that cannot be told',
    ruleset(
      chainsOf('mangle', '-A PREROUTING -j CONNMARK --restore-mark'),
      chainsOf('filter', '-A FORWARD -m mark --mark 0x1 -j DROP'),
    ),
    'unknown: cannot tell what "-A FORWARD -m mark --mark 0x1 -j DROP" in ip filter FORWARD does',
  ],
  [
    'postrouting drops as well',
    ruleset(chainsOf('mangle', '-A POSTROUTING -o eth0 -j DROP')),
    'dropped: ip mangle POSTROUTING: -A POSTROUTING -o eth0 -j DROP',
  ],
  ['forwarding is off', input(''), 'dropped: forwarding is off for ipv4', {}, { forwards: () => false }],
  [
    'forwarding is not told',
    input(''),
    'unknown: cannot tell whether ipv4 is forwarded',
    {},
    { forwards: () => undefined },
  ],
  [
    'forwarding is not told, and a rule drops',
    input('-P FORWARD DROP'),
    'dropped: forwarding is off for ipv4',
    {},
    { forwards: () => undefined },
  ],
  ['no route', input(''), 'dropped: no route to 169.254.169.254', {}, { routeTo: () => null }],
  [
    'route not told',
    input(''),
    'unknown: cannot tell where 169.254.169.254 is routed to',
    {},
    { routeTo: () => undefined },
  ],
  [
    'a sender that is the host itself',
    input(''),
    "unknown: its source 10.0.0.10 is one of the host's own",
    { source: '10.0.0.10' },
  ],
  [
    'back into its own bridge',
    input(''),
    'unknown: 172.17.0.3 is behind docker0, where it came from',
    { destination: '172.17.0.3' },
  ],
  [
    'a loopback address as sender on the wire',
    input(''),
    'unknown: cannot tell whether a loopback address is let in on eth0',
    { source: '127.0.0.5', destination: '10.0.0.10', iif: 'eth0' },
  ],
  [
    '::1 on the wire',
    input(''),
    'dropped: ::1 does not come in on eth0 (martian)',
    { family: 'ipv6', source: 'fd00::1', destination: '::1', iif: 'eth0' },
  ],
  ['rules of the other family', ruleset(chainsOf('filter', '-P FORWARD DROP', 'ipv6')), out],
  [
    'something unread, nothing drops',
    { ...input(''), unread: ['inet firewalld: busy'] },
    'unknown: not read: inet firewalld: busy',
  ],
  [
    'something unread, a rule drops',
    { ...input('-P FORWARD DROP'), unread: ['inet firewalld: busy'] },
    'dropped: policy DROP of ip filter FORWARD',
  ],
]

for (const [name, rules, expected, packet, about] of nats)
  t.test(`on its way: ${name}`, async t => t.equal(ask(rules, packet, about), expected))

const fence = (hook: Hook, priority: number, ...expr: readonly unknown[]): readonly BaseChain[] => {
  const of = { family: 'inet', table: 'taskfence' }
  const chain = { ...of, name: hook, handle: 1, type: 'filter', hook, prio: priority, policy: 'accept' }
  const json = { nftables: [{ chain }, { rule: { ...of, chain: hook, handle: 2, expr } }] }
  return parseNftTables(JSON.stringify(json)).flatMap(table => table.baseChains)
}
const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } })
const meta = (key: string) => ({ meta: { key } })
const daddr = { payload: { protocol: 'ip', field: 'daddr' } }
const toLoopback = match(daddr, { prefix: { addr: '127.0.0.0', len: 8 } })
const loopbackGuard = fence('prerouting', -310, match(meta('iifname'), 'lo', '!='), toLoopback, {
  drop: null,
})
const kindGuard = fence(
  'prerouting',
  -310,
  match(meta('iifkind'), 'bridge', '!='),
  match(daddr, '169.254.170.2'),
  { drop: null },
)
const routeGuard = fence(
  'prerouting',
  -310,
  match({ fib: { result: 'oif', flags: ['daddr', 'iif'] } }, true),
  match(daddr, '169.254.170.2'),
  { drop: null },
)
const natDrop = fence('prerouting', -100, match(daddr, '169.254.169.254'), { drop: null }).map(
  (chain): BaseChain => ({ ...chain, type: 'nat' }),
)
const accepting = chainsOf('filter', '-A FORWARD -j ACCEPT\n-A INPUT -j ACCEPT')

const fences: readonly [string, Ruleset, string, Partial<Packet>?, Partial<Surroundings>?][] = [
  [
    'a drop elsewhere outweighs an accept',
    ruleset(accepting, fence('forward', -10, match(daddr, '169.254.169.254'), { drop: null })),
    'dropped: inet taskfence forward: ip daddr 169.254.169.254 drop',
  ],
  [
    'also behind it',
    ruleset(accepting, fence('forward', 10, match(daddr, '169.254.169.254'), { drop: null })),
    'dropped: inet taskfence forward: ip daddr 169.254.169.254 drop',
  ],
  ['the loopback guard sees the address as sent', ruleset(dnat, loopbackGuard), agent, credentials],
  [
    'the loopback guard and a neighbour',
    ruleset(dnat, loopbackGuard),
    'dropped: inet taskfence prerouting: iifname != "lo" ip daddr 127.0.0.0/8 drop',
    neighbour,
  ],
  ['the loopback guard and the host', ruleset(dnat, loopbackGuard), agent, fromHost],
  ['the kind guard and a container', ruleset(dnat, kindGuard), agent, credentials],
  [
    'the kind guard and a neighbour on a veth',
    ruleset(dnat, kindGuard),
    'dropped: inet taskfence prerouting: meta iifkind != "bridge" ip daddr 169.254.170.2 drop',
    { ...neighbour, ...credentials, iifKind: 'veth', destinationPort: 80 },
  ],
  [
    'the kind guard matches no interface without a kind',
    ruleset(dnat, kindGuard),
    agent,
    { ...neighbour, ...credentials, iifKind: null, destinationPort: 80 },
  ],
  [
    'a kind that is not told',
    ruleset(dnat, kindGuard),
    'unknown: cannot tell what "meta iifkind != "bridge" ip daddr 169.254.170.2 drop" in inet taskfence prerouting does',
    { ...neighbour, ...credentials, iifKind: undefined, destinationPort: 80 },
  ],
  [
    'the route guard and a neighbour on the uplink',
    ruleset(dnat, routeGuard),
    'dropped: inet taskfence prerouting: fib daddr . iif oif exists ip daddr 169.254.170.2 drop',
    { ...neighbour, ...credentials, destinationPort: 80 },
  ],
  ['the route guard and a container', ruleset(dnat, routeGuard), agent, credentials],
  [
    'a drop in a nat chain and a connection that is older',
    ruleset(accepting, natDrop),
    out,
    { state: 'established' },
  ],
  [
    'a drop in a nat chain and a new connection',
    ruleset(accepting, natDrop),
    'dropped: inet taskfence prerouting: ip daddr 169.254.169.254 drop',
  ],
  [
    'what the header of IPv6 names next',
    ruleset(
      fence('forward', -10, match({ payload: { protocol: 'ip6', field: 'nexthdr' } }, 'tcp'), { drop: null }),
    ),
    'dropped: inet taskfence forward: ip6 nexthdr tcp drop',
    { family: 'ipv6', source: 'fd17::2', destination: 'fd00:ec2::254' },
  ],
  ['chains of one priority that agree', ruleset(accepting, fence('forward', 0, { accept: null })), out],
  [
    'chains of one priority where the order decides',
    ruleset(
      chainsOf('filter', '-A FORWARD -m mark --mark 0x1 -j DROP'),
      fence('forward', 0, { mangle: { key: meta('mark'), value: 1 } }),
    ),
    'unknown: ip filter FORWARD and inet taskfence forward have the same priority',
  ],
]

for (const [name, rules, expected, packet, about] of fences)
  t.test(`the fence: ${name}`, async t => t.equal(ask(rules, packet, about), expected))

t.test('a rule in each hook, and what stands beside it', t => {
  const families: readonly IpFamily[] = ['ipv4']
  const rule = fc.record({
    text: fc.constant('dice'),
    conditions: fc.array(
      fc.oneof(
        fc.record({
          on: fc.constant('destination' as const),
          negated: fc.boolean(),
          networks: fc.constantFrom(['169.254.169.254'], ['10.0.0.0/8']),
        }),
        fc.record({
          on: fc.constant('in' as const),
          negated: fc.boolean(),
          names: fc.constantFrom(['docker*'], ['eth0']),
        }),
        fc.record({
          on: fc.constant('state' as const),
          negated: fc.boolean(),
          states: fc.constantFrom(['NEW' as const], ['DNAT' as const]),
        }),
        fc.record({
          on: fc.constant('mark' as const),
          negated: fc.boolean(),
          value: fc.constant(1),
          mask: fc.constant(1),
        }),
        fc.record({ on: fc.constant('unknown' as const), negated: fc.boolean(), text: fc.constant('?') }),
      ),
      { maxLength: 2 },
    ),
    action: fc.oneof(
      fc.constantFrom(
        { kind: 'accept' as const },
        { kind: 'drop' as const },
        { kind: 'return' as const },
        { kind: 'continue' as const },
        { kind: 'notrack' as const },
      ),
      fc.constantFrom(
        { kind: 'mark' as const, value: 1 },
        { kind: 'mark' as const, value: null },
        { kind: 'unknown' as const, text: '?' },
      ),
      fc
        .constantFrom('a', 'b', 'gone')
        .chain(chain => fc.constantFrom({ kind: 'jump' as const, chain }, { kind: 'goto' as const, chain })),
    ),
  }) satisfies fc.Arbitrary<Rule>
  const rules = fc.array(rule, { maxLength: 6 })
  const chain: fc.Arbitrary<BaseChain> = fc.record({
    table: fc.constant('ip dice'),
    name: fc.constant('x'),
    families: fc.constant(families),
    type: fc.constant('filter' as const),
    hook: fc.constantFrom<Hook>('prerouting', 'input', 'forward', 'output', 'postrouting'),
    priority: fc.constantFrom(-300, -200, -150, 0, 10),
    policy: fc.constantFrom('accept' as const, 'accept' as const, 'drop' as const),
    rules,
    chains: fc.record({ a: rules, b: rules }).map(chains => new Map(Object.entries(chains))),
  })
  const chains = fc.array(chain, { maxLength: 5 })
  const packets = fc
    .record({
      destination: fc.constantFrom('169.254.169.254', '10.0.0.10', '127.0.0.1'),
      iif: fc.constantFrom('docker0', 'eth0', null),
      state: fc.constantFrom('new' as const, 'established' as const),
    })
    .map(packet => ({ ...request, ...packet }))

  t.test('any ruleset has one answer', async () => {
    fc.assert(
      fc.property(chains, packets, (made, packet) => {
        const first = walk({ chains: made, unread: [] }, packet, host)
        return say(first) === say(walk({ chains: made, unread: [] }, packet, host))
      }),
    )
  })

  t.test('a rule for other packets changes nothing', async () => {
    const other: Rule = {
      text: 'other',
      conditions: [{ on: 'destination', negated: false, networks: ['192.0.2.1'] }],
      action: { kind: 'drop' },
    }
    fc.assert(
      fc.property(
        // What may do anything may also make it one of those packets. JSON leaves out what is in a Map.
        chains.filter(
          made =>
            !JSON.stringify(made, (_, value: unknown) =>
              value instanceof Map ? [...value] : value,
            ).includes('"unknown"'),
        ),
        packets,
        (made, packet) => {
          const more = made.map(base => ({ ...base, rules: [other, ...base.rules] }))
          return (
            say(walk({ chains: made, unread: [] }, packet, host)) ===
            say(walk({ chains: more, unread: [] }, packet, host))
          )
        },
      ),
    )
  })

  t.test('a drop on top of a chain that every packet passes always drops', async () => {
    const all: Rule = { text: 'all', conditions: [], action: { kind: 'drop' } }
    fc.assert(
      fc.property(chains, packets, fc.constantFrom(-400, 0, 500), (made, packet, priority) => {
        const hook: Hook = packet.iif === null ? 'output' : 'prerouting'
        const first: BaseChain = {
          table: 'inet top',
          name: 'top',
          families,
          type: 'filter',
          hook,
          priority,
          policy: 'accept',
          rules: [all],
          chains: new Map(),
        }
        return walk({ chains: [...made, first], unread: [] }, packet, host).fate === 'dropped'
      }),
    )
  })

  t.test('no drop anywhere is delivered or unknown', async () => {
    fc.assert(
      fc.property(chains, packets, (made, packet) => {
        const text = JSON.stringify(made.map(base => [base, [...base.chains]]))
        fc.pre(!/"drop"|"unknown"|"gone"/.test(text))
        return walk({ chains: made, unread: [] }, packet, host).fate !== 'dropped'
      }),
    )
  })
  t.end()
})

t.test('twenty thousand rules are walked in good time', async t => {
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `-A FORWARD -s 10.${i >> 8}.${i & 255}.1/32 -p tcp -m tcp --dport ${i} -j ACCEPT`,
  )
  const many = ruleset(chainsOf('filter', `${lines.join('\n')}\n-A FORWARD -d 169.254.169.254/32 -j DROP`))
  const start = performance.now()
  t.equal(walk(many, request, host).fate, 'dropped')
  t.ok(performance.now() - start < 2000)
})

t.test('more rules than anybody can follow are an answer too', t => {
  const many = ruleset(chainsOf('filter', '-A FORWARD -m unknown -j ACCEPT\n'.repeat(300)))
  t.match(ask(many), /^unknown: /)
  t.end()
})

t.test('chains that jump twice to the next, forty deep, do not hang', async t => {
  const deep = Array.from(
    { length: 40 },
    (_, i) => `-A X${i} -m limit --limit 1/s -j X${i + 1}\n-A X${i} -j X${i + 1}`,
  )
  const names = Array.from({ length: 41 }, (_, i) => `-N X${i}`)
  const rules = ruleset(chainsOf('filter', [...names, '-A FORWARD -j X0', ...deep].join('\n')))
  t.equal(walk(rules, request, host).fate, 'delivered')
})

t.test('nor do they where one rule at the end of all cannot be read', async t => {
  const deep = Array.from({ length: 40 }, (_, i) => `-A X${i} -j X${i + 1}\n-A X${i} -j X${i + 1}`)
  const names = Array.from({ length: 41 }, (_, i) => `-N X${i}`)
  const last = '-A X40 -m unknown -j RETURN'
  const rules = ruleset(chainsOf('filter', [...names, '-A FORWARD -j X0', ...deep, last].join('\n')))
  t.equal(walk(rules, request, host).fate, 'delivered')
})
