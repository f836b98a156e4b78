import t from 'tap'
import { apply, outcomesOfApply, outcomesOfCheck } from '../../src/engine/apply.js'
import { diff } from '../../src/engine/observe.js'
import type { DesiredEntry } from '../../src/model/desired.js'
import { CommandError, FileError, isResourceError, type ResourceError } from '../../src/model/errors.js'
import type { Observation } from '../../src/model/plan.js'
import type { Outcome } from '../../src/model/report.js'
import type { Resource } from '../../src/model/resource.js'
import { kindOf } from '../../src/resources/index.js'
import { ruleOf } from '../fakes/control.js'
import { fakeHost, hangs, unreadable } from '../fakes/fake-host.js'

const entry = (resource: Resource, state: string | null = '1', reportOnly = false): DesiredEntry => ({
  id: kindOf(resource).id(resource),
  resource,
  state,
  controls: ['one'],
  reportOnly,
})
const key = (name: string, reportOnly = false) => entry({ kind: 'sysctl', key: name }, '1', reportOnly)
const error = new CommandError(
  { file: 'iptables', args: ['-S'] },
  { exitCode: 4, stdout: '', stderr: 'lock' },
)
const seen = (entry: DesiredEntry, observed: string | null | ResourceError): Observation =>
  observed instanceof Error ? { entry, error: observed } : { entry, observed }
const told = (outcomes: readonly Outcome[]) => outcomes.map(({ status, entry }) => `${entry.id}: ${status}`)

t.test('what differs is a change, what could not be read is neither change nor in sync', async t => {
  const plan = diff([
    seen(key('a.a'), '1'),
    seen(key('a.b'), '0'),
    seen(key('a.c'), null),
    seen(key('a.d'), error),
  ])
  t.same(
    plan.changes.map(({ entry, from }) => [entry.id, from]),
    [
      ['sysctl a.b', '0'],
      ['sysctl a.c', null],
    ],
  )
  t.same(
    plan.inSync.map(({ id }) => id),
    ['sysctl a.a'],
  )
  t.same(
    plan.unreadable.map(({ entry }) => entry.id),
    ['sysctl a.d'],
  )
  t.same(told(outcomesOfCheck(plan)), [
    'sysctl a.b: drifted',
    'sysctl a.c: drifted',
    'sysctl a.a: in-sync',
    'sysctl a.d: unknown',
  ])
})

t.test('what is wanted gone and is gone is in sync', async t =>
  t.equal(diff([seen(entry(ruleOf('taskfence-one'), null), null)]).inSync.length, 1),
)

const proc = (name: string) => `/proc/sys/a/${name}`

t.test('one failure stops its batch and never the others', async t => {
  const host = fakeHost({
    files: { [proc('a')]: unreadable, [proc('b')]: '0\n', [proc('d')]: '0\n' },
    programs: { iptables: { exitCode: 4, stderr: 'xtables lock' } },
  })
  const rules = ['-i', '-o'].map(option => entry(ruleOf('taskfence-one', option, 'eth0'), 'present'))
  const entries = [key('a.a'), ...rules, key('a.b'), key('a.none'), key('a.d', true)]
  const plan = diff(entries.map(entry => seen(entry, '0')))
  const failures = await apply(plan, host)
  t.same([...failures.keys()].sort(), ['sysctl a.a', 'sysctl a.none', ...rules.map(({ id }) => id)].sort())
  t.ok([...failures.values()].every(isResourceError))
  t.equal(failures.get(rules[0]?.id ?? ''), failures.get(rules[1]?.id ?? ''), 'a batch has one error')
  t.equal(host.disk.get(proc('b')), '1\n', 'what came after was written')
  t.equal(host.disk.get(proc('d')), '0\n', 'what is only reported was not')
})

t.test('batches keep the order of the plan', async t => {
  const files = Object.fromEntries(['a', 'b', 'c'].map(name => [proc(name), '0\n']))
  const host = fakeHost({ files })
  await apply(diff(['c', 'a', 'b'].map(name => seen(key(`a.${name}`), '0'))), host)
  t.same(host.written, ['c', 'a', 'b'].map(proc))
})

t.test('a defect is no outcome', async t => {
  const host = fakeHost({ programs: { ip: new TypeError('defect') } })
  const plan = diff([
    seen(entry({ kind: 'route', destination: '192.0.2.1/32', device: 'lo' }, 'present'), null),
  ])
  await t.rejects(apply(plan, host), TypeError)
})

t.test('a program that hangs is an outcome', async t => {
  const host = fakeHost({ programs: { ip: hangs } })
  const plan = diff([
    seen(entry({ kind: 'route', destination: '192.0.2.1/32', device: 'lo' }, 'present'), null),
  ])
  t.match([...(await apply(plan, host)).values()], [{ code: 'E_COMMAND' }])
})

type Row = readonly [
  behaviour: string,
  before: string | null | ResourceError,
  failure: ResourceError | null,
  after: string | null | ResourceError,
  status: Outcome['status'],
  reportOnly?: boolean,
]
const broken = new FileError('/proc/sys/a/a', 'EACCES')

const outcomes: readonly Row[] = [
  ['stood before and after', '1', null, '1', 'in-sync'],
  ['written and read back', '0', null, '1', 'changed'],
  ['written, and reads back as before', '0', null, '0', 'failed'],
  ['written, and gone again', null, null, null, 'failed'],
  ['not written', '0', broken, '0', 'failed'],
  ['an error, even where it stands now', '0', broken, '1', 'failed'],
  ['written, and cannot be read back', '0', null, error, 'unknown'],
  ['could never be read', error, null, error, 'unknown'],
  ['could not be read before, and stands', error, null, '1', 'in-sync'],
  ['could not be read before, and does not stand', error, null, '0', 'drifted'],
  ['undone by somebody meanwhile', '1', null, '0', 'drifted'],
  ['only reported', '0', null, '0', 'drifted', true],
]

for (const [behaviour, before, failure, after, status, reportOnly] of outcomes)
  t.test(`after apply: ${behaviour} is ${status}`, async t => {
    const of = key('a.a', reportOnly)
    const failures = new Map(failure === null ? [] : [[of.id, failure]])
    const [outcome] = outcomesOfApply(diff([seen(of, before)]), failures, [seen(of, after)])
    t.match(outcome, { status })
    if (behaviour.startsWith('written, and reads back'))
      t.match(outcome, {
        from: '0',
        error: { code: 'E_VERIFY', message: 'sysctl a.a was written, but reads back as 0 instead of 1' },
      })
  })
