import type { FenceChain, FenceChainName, FenceRule } from '../../src/model/resource.js'
import { declaration } from '../../src/resources/fence-table.js'
import { inLab, type Rig } from './rig.js'

const rule = (name: string, chain: FenceChainName = 'forward', tag = 'taskfence-one'): FenceRule => ({
  kind: 'fence-rule',
  table: 'taskfence',
  chain,
  name,
  tag,
})
const text = (match: string, name: string, verdict = ' drop') => `${match} counter name "${name}"${verdict}`
const chain = (name: FenceChainName = 'forward'): FenceChain => ({
  kind: 'fence-chain',
  table: 'taskfence',
  chain: name,
})
const one = [rule('one'), text('ip daddr 169.254.169.254', 'one')] as const
const two = [rule('two', 'forward', 'taskfence-two'), text('ip6 daddr fd00:ec2::254', 'two')] as const

const nft = (rig: Rig, ...lines: readonly string[]) =>
  rig.lab.must(['nft', '-f', '-'], { input: `${lines.join('\n')}\n` })
const listed = async (rig: Rig): Promise<readonly string[]> =>
  (await rig.lab.must(['nft', '-s', 'list', 'table', 'inet', 'taskfence']))
    .split('\n')
    .map(line => line.trim())
const rulesIn = async (rig: Rig) =>
  (await listed(rig)).filter(line => / comment "| drop$| accept$/.test(line))

/** What somebody did to the table, how that reads, and what one write makes of it. */
const tampering: readonly (readonly [
  behaviour: string,
  commands: readonly string[],
  chain: RegExp,
  rule: RegExp | null,
])[] = [
  [
    'nobody did anything',
    [],
    /^type filter hook forward priority -310; policy accept$/,
    /^ip daddr 169.254.169.254 counter/,
  ],
  ['an accept above ours', ['insert rule inet taskfence forward accept'], /; not ours: accept$/, /^ip daddr/],
  [
    'an accept with our comment',
    ['insert rule inet taskfence forward ip daddr 169.254.169.254 accept comment "taskfence-one"'],
    /; not ours: ip daddr 169.254.169.254 accept$/,
    /^ip daddr/,
  ],
  [
    'a rule without our comment',
    ['add rule inet taskfence forward ip daddr 192.0.2.1 drop'],
    /; not ours: ip daddr 192.0.2.1 drop$/,
    /^ip daddr/,
  ],
  [
    'ours flushed',
    ['flush chain inet taskfence forward'],
    /^type filter hook forward priority -310; policy accept$/,
    null,
  ],
  ['the table deleted', ['delete table inet taskfence'], /^$/, null],
  ['everything flushed', ['flush ruleset'], /^$/, null],
  ['policy drop', ['chain inet taskfence forward { policy drop; }'], /policy drop$/, /^ip daddr/],
  [
    'another priority',
    [
      'delete table inet taskfence',
      'table inet taskfence { counter one { }; chain forward { type filter hook forward priority 10; }; }',
    ],
    /^type filter hook forward priority 10; policy accept$/,
    null,
  ],
  [
    'another hook',
    [
      'delete table inet taskfence',
      'table inet taskfence { counter one { }; chain forward { type filter hook input priority -310; }; }',
    ],
    /^type filter hook input priority -310; policy accept$/,
    null,
  ],
  [
    'ours in another chain',
    [
      'flush chain inet taskfence forward',
      'add chain inet taskfence other',
      'add rule inet taskfence other ip daddr 169.254.169.254 counter name "one" drop comment "taskfence-one"',
    ],
    /policy accept$/,
    /^in chain other: /,
  ],
  [
    'ours in the chain of another hook',
    [
      'flush chain inet taskfence forward',
      'add chain inet taskfence input { type filter hook input priority -310; }',
      'add rule inet taskfence input ip daddr 169.254.169.254 counter name "one" drop comment "taskfence-one"',
    ],
    /policy accept$/,
    /^in chain input: /,
  ],
  [
    'ours twice',
    [
      'add rule inet taskfence forward ip daddr 169.254.169.254 counter name "one" drop comment "taskfence-one"',
    ],
    /policy accept$/,
    /^duplicated: .* \| /,
  ],
  [
    'the address edited',
    [
      'flush chain inet taskfence forward',
      'add rule inet taskfence forward ip daddr 169.254.169.253 counter name "one" drop comment "taskfence-one"',
    ],
    /policy accept$/,
    /^ip daddr 169.254.169.253 /,
  ],
  [
    'the drop turned into counting',
    [
      'flush chain inet taskfence forward',
      'add rule inet taskfence forward ip daddr 169.254.169.254 counter name "one" comment "taskfence-one"',
    ],
    /policy accept$/,
    /counter name "one"$/,
  ],
  [
    'the comment gone',
    [
      'flush chain inet taskfence forward',
      'add rule inet taskfence forward ip daddr 169.254.169.254 counter name "one" drop',
    ],
    /; not ours: /,
    /\(comment null\)$/,
  ],
]

inLab('the fence, whatever was done to it', {}, async (t, rig) => {
  for (const [behaviour, commands, chainReads, ruleReads] of tampering)
    await t.test(behaviour, async t => {
      await rig.reset()
      await rig.write([chain(), declaration('forward')], one)
      const intact = await rulesIn(rig)
      t.equal(intact.length, 1)
      if (commands.length > 0) await nft(rig, ...commands)
      t.match((await rig.read(chain(), declaration('forward'))) ?? '', chainReads, 'the chain reads so')
      const read = await rig.read(...one)
      if (ruleReads === null) t.equal(read, null, 'the rule reads as absent')
      else t.match(read, ruleReads, 'the rule reads so')

      await rig.write([chain(), declaration('forward')], one)
      t.equal(
        await rig.read(chain(), declaration('forward')),
        declaration('forward'),
        'one write repairs the chain',
      )
      t.equal(await rig.read(...one), one[1], 'and the rule')
      const inChain = (await rulesIn(rig)).filter(line => line.includes('169.254.169.254'))
      t.same(inChain, intact, 'once, as it was')
    })
})

inLab('the fence, shared by several controls', {}, async (t, rig) => {
  const figures = () => rig.lab.must(['nft', '-j', 'list', 'counters', 'table', 'inet', 'taskfence'])
  await rig.write([chain(), declaration('forward')], one, two)

  await t.test('rules that a write does not name stay, with their figures', async t => {
    await nft(
      rig,
      'add chain inet taskfence counting { type filter hook output priority 0; }',
      'add rule inet taskfence counting counter name "two"',
    )
    await rig.lab.http('host', 'http://127.0.0.1:51679/')
    await nft(rig, 'delete chain inet taskfence counting')
    const before = await figures()
    t.match(before, /"name": "two".*"packets": [1-9]/, 'something was counted')
    await rig.write([one[0], text('ip daddr 169.254.169.254', 'one', '')])
    t.equal(await rig.read(...two), two[1])
    t.equal(packets(await figures(), 'two'), packets(before, 'two'))
    await rig.write([one[0], null])
    t.equal(await rig.read(one[0], null), null)
    t.equal(await rig.read(...two), two[1])
    t.equal(packets(await figures(), 'two'), packets(before, 'two'))
  })

  await t.test('rules stand in the order of their names, whoever came first', async t => {
    await rig.reset()
    await rig.write(two)
    await rig.write(one)
    const late = await rulesIn(rig)
    await rig.reset()
    await rig.write(one, two)
    t.same(await rulesIn(rig), late)
  })

  await t.test('a refused transaction changes nothing', async t => {
    await rig.write(one, two)
    const before = await listed(rig)
    const wrong = [rule('three'), text('no such expression', 'three')] as const
    await t.rejects(rig.write([one[0], null], wrong), { code: 'E_COMMAND', message: /nft -f -.*exit code 1/ })
    t.same(await listed(rig), before)
  })

  await t.test('each hook has a chain of its own', async t => {
    await rig.reset()
    for (const hook of ['prerouting', 'input', 'forward', 'output'] as const) {
      await rig.write([rule(`at_${hook}`, hook), text('ip daddr 192.0.2.1', `at_${hook}`)])
      t.equal(await rig.read(chain(hook), declaration(hook)), declaration(hook), hook)
    }
    t.equal((await rulesIn(rig)).length, 4)
  })

  await t.test('a chain that is jumped to', async t => {
    await rig.reset()
    const own = [
      [rule('asked', 'prerouting'), text('ip daddr 169.254.170.2', 'asked', ' jump credentials_guard')],
      [rule('b_bridge', 'credentials_guard'), text('meta iifkind "bridge"', 'b_bridge', ' return')],
      [rule('c_rest', 'credentials_guard'), 'counter name "c_rest" drop'],
    ] as const
    const inner = [chain('credentials_guard'), declaration('credentials_guard')] as const
    await rig.write([chain('prerouting'), declaration('prerouting')], inner, ...own)
    for (const [resource, state] of [inner, ...own]) t.equal(await rig.read(resource, state), state)
    const before = await listed(rig)
    await rig.write(...own)
    t.same(await listed(rig), before, 'written twice is written once')
    await nft(rig, 'insert rule inet taskfence credentials_guard accept')
    t.match((await rig.read(...inner)) ?? '', /not ours: accept/)
    await rig.write(inner)
    t.same(await listed(rig), before, 'and what is not ours goes')
  })
})

const packets = (json: string, name: string): number | undefined =>
  (
    JSON.parse(json) as { nftables: readonly { counter?: { name: string; packets: number } }[] }
  ).nftables.find(({ counter }) => counter?.name === name)?.counter?.packets

// Not our spelling of the same meaning: what is asked is what this nft makes of it.
const spellings: readonly (readonly [ours: string, same: boolean])[] = [
  ['ip daddr 169.254.169.254/32', true],
  ['ip daddr { 169.254.169.254 }', true],
  ['meta nfproto ipv4 ip daddr 169.254.169.254', true],
  ['ip daddr 169.254.169.253', false],
]

inLab('another spelling of the same rule is the same rule', {}, async (t, rig) => {
  await rig.write([chain(), declaration('forward')], one)
  const namespaces = async () => (await rig.lab.must(['ls', '/proc/1/ns'])).trim()
  const before = [await rig.listing(), await namespaces()]
  for (const [match, same] of spellings) {
    const wanted = text(match, 'one')
    t.equal(await rig.read(one[0], wanted), same ? wanted : one[1], match)
  }
  t.same([await rig.listing(), await namespaces()], before, 'asking changed nothing')
})
