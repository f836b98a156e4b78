import fc from 'fast-check'
import t from 'tap'
import { ParseError } from '../../src/model/errors.js'
import { parseNftChains, parseNftTables } from '../../src/netfilter/parse-nft.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const of = { family: 'inet', table: 'x' }
const chain = { ...of, name: 'c', handle: 1, type: 'filter', hook: 'forward', prio: -10, policy: 'drop' }
const answer = (...items: readonly unknown[]) =>
  JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6' } }, ...items] })
const read = (expr: readonly unknown[], ...items: readonly unknown[]) =>
  parseNftTables(
    answer(
      { table: { family: 'inet', name: 'x', handle: 1 } },
      ...items,
      { chain },
      { rule: { ...of, chain: 'c', handle: 7, comment: 'why', expr } },
    ),
  )[0]
const match = (left: unknown, op: string, right: unknown) => ({ match: { op, left, right } })
const ct = (key: string) => ({ ct: { key } })
const meta = (key: string) => ({ meta: { key } })
const at = (protocol: string, field: string) => ({ payload: { protocol, field } })
const flags = at('tcp', 'flags')

/** The same meaning as several versions print it. */
const texts: readonly [string, readonly (readonly unknown[])[]][] = [
  [
    'iifname != "lo" ip daddr 127.0.0.0/8 counter name "loopback_guard" drop',
    [
      [
        match(meta('iifname'), '!=', 'lo'),
        match(at('ip', 'daddr'), '==', { prefix: { addr: '127.0.0.0', len: 8 } }),
        { counter: 'loopback_guard' },
        { drop: null },
      ],
    ],
  ],
  [
    'fib daddr . iif oif exists',
    [
      [match({ fib: { result: 'oif', flags: ['daddr', 'iif'] } }, '==', true)],
      [match({ fib: { result: 'check', flags: ['daddr', 'iif'] } }, '==', true)],
      [match({ fib: { result: 'oif', flags: 'daddr . iif' } }, '==', 'exists')],
    ],
  ],
  [
    'fib daddr type local',
    [
      [match({ fib: { result: 'type', flags: ['daddr'] } }, '==', 'local')],
      [match({ fib: { result: 'type', flags: 'daddr' } }, '==', 'local')],
    ],
  ],
  [
    'ct status & dnat == 0 drop',
    [
      [match(ct('status'), '!', 'dnat'), { drop: null }],
      [match({ '&': [ct('status'), 'dnat'] }, '==', 0), { drop: null }],
      [match({ '&': [ct('status'), 'dnat'] }, '==', '0x0'), { drop: null }],
    ],
  ],
  [
    'ct state established,related',
    [
      [match(ct('state'), 'in', ['established', 'related'])],
      [match(ct('state'), 'in', ['related', 'established'])],
      [match(ct('state'), 'in', { '|': ['established', 'related'] })],
    ],
  ],
  ['log prefix "a" group 2 level info', [[{ log: { prefix: 'a', group: 2, level: 'info' } }]]],
  ['log {"snaplen":3}', [[{ log: { snaplen: 3 } }]]],
  ['notrack', [[{ notrack: null }]]],
  [
    'tcp flags & (ack|syn) == syn',
    [
      [match({ '&': [flags, ['syn', 'ack']] }, '==', 'syn')],
      [match({ '&': [flags, { '|': ['ack', 'syn'] }] }, '==', 'syn')],
    ],
  ],
  [
    'tcp dport { 22, 80, 1000-2000 }',
    [
      [match(at('tcp', 'dport'), '==', { set: [80, { range: [1000, 2000] }, 22] })],
      [
        match(at('tcp', 'dport'), '==', {
          set: [{ elem: { val: 22, comment: 'x' } }, 80, { range: [1000, 2000] }],
        }),
      ],
    ],
  ],
  ['meta mark & 0xff == 0x10', [[match({ '&': [meta('mark'), 255] }, '==', 16)]]],
  [
    'counter drop',
    [
      [{ counter: { packets: 7, bytes: 8 } }, { drop: null }],
      [{ counter: null }, { drop: null }],
    ],
  ],
  ['reject', [[{ reject: null }], [{ reject: { type: 'icmpx', expr: 'port-unreachable' } }]]],
  [
    'iifname vmap { "docker0" : jump c, "lo" : accept }',
    [
      [
        {
          vmap: {
            key: meta('iifname'),
            data: {
              set: [
                ['lo', { accept: null }],
                ['docker0', { jump: { target: 'c' } }],
              ],
            },
          },
        },
      ],
    ],
  ],
  [
    'ip daddr 169.254.170.2 tcp dport 80 dnat ip to 127.0.0.1:51679',
    [
      [
        match(at('ip', 'daddr'), '==', '169.254.170.2'),
        match(at('tcp', 'dport'), '==', 80),
        { dnat: { family: 'ip', addr: '127.0.0.1', port: 51679 } },
      ],
    ],
  ],
  ['{"tproxy":{"port":1}}', [[{ tproxy: { port: 1 } }]]],
]

for (const [text, spellings] of texts)
  t.test(`text: ${text}`, async t => {
    for (const expr of spellings) t.equal(read(expr)?.rules[0]?.text, text)
  })

const unknown = [{ on: 'unknown' }]
const tests: readonly [string, unknown, readonly unknown[]][] = [
  ['a comparison of the whole status', match(ct('status'), '!=', 'dnat'), unknown],
  ['other bits of the status', match(ct('status'), 'in', 'assured'), unknown],
  ['several states not at once', match(ct('state'), '!=', ['new', 'established']), unknown],
  [
    'one state not',
    match(ct('state'), '!=', 'invalid'),
    [{ on: 'state', negated: true, states: ['INVALID'] }],
  ],
  ['the whole byte of flags', match(flags, '!=', 'syn'), unknown],
  [
    'a flag among others',
    match(flags, 'in', 'ack'),
    [{ on: 'protocol' }, { on: 'tcp-flags', negated: true, mask: ['ack'], value: [] }],
  ],
  ['a mask with holes', match({ '&': [at('ip', 'saddr'), '255.0.0.255'] }, '==', '10.0.0.1'), unknown],
  ['an interface by number', match(meta('iif'), '==', '7'), unknown],
  ['a set that was not listed', match(at('ip', 'saddr'), '==', '@gone'), unknown],
  [
    'a port below',
    match(at('tcp', 'dport'), '<', 1024),
    [{ on: 'protocol' }, { on: 'destination-port', ports: [{ from: 0, to: 1023 }] }],
  ],
  [
    'the wrong route',
    match({ fib: { result: 'oif', flags: ['daddr', 'iif'] } }, '==', false),
    [{ on: 'returns-where-it-came', negated: true }],
  ],
  ["the sender's route", match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, '==', false), unknown],
  ['a limit', { limit: { rate: 1, per: 'second' } }, unknown],
]

for (const [name, expr, expected] of tests)
  t.test(`test of a rule: ${name}`, async t => {
    const found = read([expr, { drop: null }])?.rules[0]?.rule
    t.match(found?.conditions, expected)
    t.equal(found?.conditions.length, expected.length)
    t.strictSame(found?.action, { kind: 'drop' })
  })

const acts: readonly [string, readonly unknown[], unknown][] = [
  ['nothing', [], { kind: 'continue' }],
  ['redirects', [{ redirect: { port: 51679 } }], { kind: 'dnat', address: null, port: 51679 }],
  ['redirects to one of several', [{ redirect: { port: { range: [1, 2] } } }], { kind: 'unknown' }],
  [
    'sets a bit of the mark',
    [{ mangle: { key: meta('mark'), value: { '|': [meta('mark'), 4] } } }],
    { kind: 'mark', value: 4, mask: 4 },
  ],
  [
    'clears and sets',
    [{ mangle: { key: meta('mark'), value: { '^': [{ '&': [meta('mark'), 0xffffff00] }, 16] } } }],
    { kind: 'mark', value: 16, mask: 255 },
  ],
  [
    'takes the mark from elsewhere',
    [{ mangle: { key: meta('mark'), value: ct('mark') } }],
    { kind: 'mark', value: null },
  ],
  ['writes an address', [{ mangle: { key: at('ip', 'daddr'), value: '1.1.1.1' } }], { kind: 'unknown' }],
  [
    'two things',
    [{ mangle: { key: meta('mark'), value: 1 } }, { accept: null }],
    { kind: 'sequence', steps: [{ kind: 'mark' }, { kind: 'accept' }] },
  ],
  [
    'a test behind a change',
    [{ mangle: { key: meta('mark'), value: 1 } }, match(at('ip', 'daddr'), '==', '1.1.1.1'), { drop: null }],
    { kind: 'unknown' },
  ],
  [
    'a target of xtables',
    [{ xt: null }, { drop: null }],
    { kind: 'sequence', steps: [{ kind: 'unknown' }, { kind: 'drop' }] },
  ],
  ['a comment of xtables', [{ xt: { type: 'match', name: 'comment' } }, { drop: null }], { kind: 'drop' }],
  ['a broken statement', [null], { kind: 'unknown' }],
]

for (const [name, expr, expected] of acts)
  t.test(`what a rule does: ${name}`, async t => t.match(read(expr)?.rules[0]?.rule.action, expected))

t.test('a table: chains, named sets, counters', async t => {
  const set = {
    ...of,
    name: 's',
    type: 'ipv4_addr',
    handle: 2,
    elem: ['1.1.1.1', { elem: { val: { prefix: { addr: '10.0.0.0', len: 8 } }, timeout: 5 } }],
  }
  const found = read(
    [match(at('ip', 'saddr'), '==', '@s'), { drop: null }],
    { set },
    { counter: { ...of, name: 'n', handle: 3, packets: 5, bytes: 9 } },
  )
  t.match(found?.rules[0], { chain: 'c', comment: 'why', handle: 7, text: 'ip saddr @s drop' })
  t.match(found?.rules[0]?.rule.conditions[1], { networks: ['1.1.1.1', '10.0.0.0/8'] })
  t.equal(found?.counters.get('n'), 5)
  t.match(found?.baseChains[0], {
    table: 'inet x',
    name: 'c',
    families: ['ipv4', 'ipv6'],
    hook: 'forward',
    priority: -10,
    policy: 'drop',
  })
  t.match(parseNftChains(answer({ chain }, { chain: { ...of, name: 'u', handle: 2 } })), [
    { name: 'c', base: { prio: -10 } },
    { name: 'u', base: null },
  ])
})

const bases = (table: object, ...items: readonly unknown[]) =>
  parseNftTables(answer({ table }, ...items))[0]?.baseChains
t.test('what hooks frames may drop; what sleeps does not', async t => {
  const bridge = { family: 'bridge', table: 'b' }
  const hooked = {
    ...bridge,
    name: 'f',
    handle: 1,
    type: 'filter',
    hook: 'forward',
    prio: 0,
    policy: 'accept',
  }
  const rule = (expr: unknown) => ({ rule: { ...bridge, chain: 'f', handle: 2, expr: [expr] } })
  const table = { family: 'bridge', name: 'b' }
  t.strictSame(bases(table, { chain: hooked }, rule({ accept: null })), [])
  t.match(bases(table, { chain: hooked }, rule({ drop: null })), [
    { hook: 'prerouting', rules: [{ conditions: [{ on: 'unknown' }], action: { kind: 'drop' } }] },
  ])
  const netdev = {
    family: 'netdev',
    table: 'n',
    name: 'i',
    handle: 1,
    type: 'filter',
    hook: 'ingress',
    dev: 'eth0',
    prio: 0,
    policy: 'drop',
  }
  t.match(bases({ family: 'netdev', name: 'n' }, { chain: netdev }), [
    { rules: [{ conditions: [{ on: 'in', names: ['eth0'] }, { on: 'unknown' }] }] },
  ])
  t.strictSame(
    bases({ family: 'arp', name: 'a' }, { chain: { ...netdev, family: 'arp', table: 'a', hook: 'input' } }),
    [],
  )
  t.strictSame(bases({ family: 'inet', name: 'x', flags: ['dormant'] }, { chain }), [])
  t.match(bases({ family: 'inet', name: 'x' }, { flowtable: { ...of, name: 'fast', handle: 1 } }), [
    { rules: [{ action: { kind: 'unknown' } }] },
  ])
})

for (const text of [
  '',
  'x',
  '[]',
  '{}',
  '{"nftables":[1]}',
  '{"nftables":[{"rule":{"family":"inet"}}]}',
  '{"nftables":[{"rule":{"family":"inet","table":"x"}}]}',
  '{"nftables":[{"chain":{"family":"inet","table":"x","name":"c","handle":1,"hook":"input"}}]}',
])
  t.test(`no answer of nft: ${text || 'nothing'}`, async t => {
    t.throws(() => parseNftTables(text), ParseError)
  })

t.test('any JSON is read or is a ParseError', async () => {
  const attempt = (text: string) => {
    for (const parse of [parseNftTables, parseNftChains]) {
      try {
        parse(text)
      } catch (error) {
        if (!(error instanceof ParseError)) throw error
      }
    }
  }
  fc.assert(fc.property(fc.string(), attempt))
  const key = fc.constantFrom(
    'match',
    'op',
    'left',
    'right',
    'meta',
    'key',
    'ct',
    'payload',
    'protocol',
    'field',
    'vmap',
    'data',
    'set',
    'fib',
    'flags',
    'result',
    'concat',
    '&',
    '|',
    'prefix',
    'range',
    'mangle',
    'value',
    'dnat',
    'addr',
    'port',
    'elem',
    'val',
  )
  const leaf = fc.oneof(
    fc.constantFrom(
      '==',
      'in',
      '!',
      'iifname',
      'state',
      'status',
      'ip',
      'daddr',
      'tcp',
      'dport',
      '@s',
      '*',
      'mark',
    ),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.string(),
  )
  const { json } = fc.letrec(tie => ({
    json: fc.oneof(
      { maxDepth: 6 },
      leaf,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(key, tie('json'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(json, expr => {
      attempt(answer({ chain }, { rule: { ...of, chain: 'c', handle: 1, expr: [expr, { drop: null }] } }))
    }),
    { numRuns: 2000 },
  )
})

t.test('a table with a flag that nft does not name may be asleep', async t => {
  const table = (...flags: readonly string[]) =>
    parseNftTables(answer({ table: { family: 'inet', name: 'x', handle: 1, flags } }, { chain }))[0]
  t.match(table('owner', 'persist'), { isDormant: false, baseChains: [{ rules: [] }] })
  t.match(table('dormant'), { isDormant: true, baseChains: [] })
  t.match(table('name of a counter'), {
    isDormant: true,
    baseChains: [{ rules: [{ conditions: [{ on: 'unknown' }], action: { kind: 'accept' } }] }],
  })
})
