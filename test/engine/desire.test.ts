import t from 'tap'
import type { Control } from '../../src/controls/control.js'
import { desire } from '../../src/engine/desire.js'
import type { Mode } from '../../src/model/policy.js'
import { platformFor } from '../../src/platforms/index.js'
import { controlOf, key, ruleOf } from '../fakes/control.js'
import { factsOf, policyOf } from '../fakes/machine.js'

const facts = factsOf()
const base = (controls: Readonly<Record<string, Mode>> = {}) => ({
  facts,
  policy: policyOf(controls),
  platform: platformFor(facts.os),
})
const wants = (id: string, ...desired: ReturnType<Control['desire']>) =>
  controlOf(id, { desire: () => desired })

const entriesOf = (controls: readonly Control[], modes: Readonly<Record<string, Mode>> = {}) =>
  desire(base(modes), controls).entries.map(entry => ({
    id: entry.id,
    state: entry.state,
    controls: entry.controls,
    reportOnly: entry.reportOnly,
  }))

t.test('what several controls want is one entry, in the order of the controls', async t =>
  t.same(entriesOf([wants('one', key('a.b'), key('c.d')), wants('two', key('e.f'), key('a.b'))]), [
    { id: 'sysctl a.b', state: '1', controls: ['one', 'two'], reportOnly: false },
    { id: 'sysctl c.d', state: '1', controls: ['one'], reportOnly: false },
    { id: 'sysctl e.f', state: '1', controls: ['two'], reportOnly: false },
  ]),
)

const reported: readonly (readonly [one: boolean, two: boolean, reportOnly: boolean])[] = [
  [true, true, true],
  [true, false, false],
  [false, true, false],
  [false, false, false],
]

t.test('written if anybody wants it written', async t => {
  for (const [one, two, reportOnly] of reported) {
    const controls = [wants('one', key('a.b', '1', one)), wants('two', key('a.b', '1', two))]
    t.match(entriesOf(controls), [{ reportOnly }], `${String(one)} and ${String(two)}`)
  }
})

t.test('controls that disagree stop the run before anything is written', async t =>
  t.throws(() => entriesOf([wants('one', key('a.b', '1')), wants('two', key('a.b', '0'))]), {
    code: 'E_POLICY',
    message: 'two and one disagree about sysctl a.b',
  }),
)

const all = wants(
  'one',
  key('a.b'),
  {
    resource: { kind: 'iptables-chain', family: 'ipv4', table: 'filter', chain: 'DOCKER-USER' },
    state: 'present',
  },
  { resource: ruleOf('taskfence-one'), state: 'present' },
  { resource: { kind: 'fence-chain', table: 'taskfence', chain: 'input' }, state: 'declared' },
  {
    resource: { kind: 'fence-rule', table: 'taskfence', chain: 'input', name: 'one', tag: 'taskfence-one' },
    state: 'tcp drop',
  },
  { resource: { kind: 'route', destination: '169.254.170.2/32', device: 'lo' }, state: 'present' },
)
const ours = [
  { id: 'iptables filter/INPUT -j DROP', state: null },
  { id: 'nft inet taskfence input one', state: null },
]

t.test('a control that is turned off takes back what carries its name, and nothing else', async t => {
  t.match(entriesOf([all], { one: 'off' }), ours)
  t.equal(entriesOf([all], { one: 'off' }).length, 2)
  t.same(desire(base({ one: 'off' }), [all]).skipped, [{ control: 'one', reason: 'turned off by policy' }])
})

t.test('a control that does not apply does the same, and says why', async t => {
  const skipping = { ...all, skip: () => 'not on this host' }
  t.match(entriesOf([skipping]), ours)
  t.equal(entriesOf([skipping]).length, 2)
  t.same(desire(base(), [skipping]).skipped, [{ control: 'one', reason: 'not on this host' }])
  t.same(desire(base({ one: 'off' }), [skipping]).skipped, [
    { control: 'one', reason: 'turned off by policy' },
  ])
})

t.test('a control is asked in its mode; without a word in the policy it enforces', async t => {
  const asked: Mode[] = []
  const control = controlOf('one', {
    desire: ({ mode }) => {
      asked.push(mode)
      return []
    },
  })
  desire(base(), [control])
  desire(base({ one: 'observe' }), [control])
  desire(base({ one: 'off' }), [control])
  t.same(asked, ['enforce', 'observe', 'enforce'], 'off asks what to take back')
})

t.test('nothing wanted is nothing', async t => t.same(desire(base(), []), { entries: [], skipped: [] }))
