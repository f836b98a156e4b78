import t from 'tap'
import { reconcile, type ReconcileInput } from '../../src/engine/reconcile.js'
import type { Host } from '../../src/host/host.js'
import { TaskfenceError } from '../../src/model/errors.js'
import type { Mode } from '../../src/model/policy.js'
import { fakeHost, unreadable, type FakeHost, type FakeOptions } from '../fakes/fake-host.js'
import { machine, policyOf } from '../fakes/machine.js'

const key = '/proc/sys/net/ipv4/conf/all/route_localnet'
const id = 'sysctl net.ipv4.conf.all.route_localnet'

interface Run {
  readonly host: FakeHost
  readonly events: string[]
  run(input: Partial<ReconcileInput> & { readonly control?: Mode }, on?: Host): ReturnType<typeof reconcile>
}

/** A machine whose one key may be written; what happens to the lock and to the key is noted in order. */
function rig(value: string | typeof unreadable, options: FakeOptions = {}): Run {
  const events: string[] = []
  const inner = fakeHost({
    ...machine,
    ...options,
    files: { ...machine.files, [key]: value, ...options.files },
  })
  const host: FakeHost = {
    ...inner,
    files: {
      ...inner.files,
      poke: async (path, text) => {
        events.push(`wrote ${text.trim()}`)
        await inner.files.poke(path, text)
      },
    },
  }
  const writeLock = async () => {
    events.push('locked')
    return async () => {
      events.push('released')
    }
  }
  return {
    host,
    events,
    run: ({ control = 'enforce', ...input }, on = host) =>
      reconcile(
        {
          policy: policyOf({ 'route-localnet': control }),
          mode: 'apply',
          only: ['route-localnet'],
          writeLock,
          ...input,
        },
        on,
      ),
  }
}

type Row = readonly [
  behaviour: string,
  value: string,
  input: Partial<ReconcileInput> & { readonly control?: Mode },
  status: string,
  verdict: string,
  events: readonly string[],
]

const rows: readonly Row[] = [
  ['check finds drift and writes nothing', '0', { mode: 'check' }, 'drifted', 'failed', []],
  ['check in sync', '1', { mode: 'check' }, 'in-sync', 'in-sync', []],
  ['apply writes under the lock', '0', {}, 'changed', 'changed', ['locked', 'wrote 1', 'released']],
  ['apply in sync takes no lock', '1', {}, 'in-sync', 'in-sync', []],
  [
    'what only observes is reported and not written, so the lock is left alone',
    '0',
    { control: 'observe' },
    'drifted',
    'unknown',
    [],
  ],
]

for (const [behaviour, value, input, status, verdict, events] of rows)
  t.test(behaviour, async t => {
    const one = rig(value)
    const report = await one.run(input)
    t.match(report, { outcomes: [{ entry: { id }, status }], verdict })
    t.same(one.events, events)
  })

t.test('off: nothing is wanted, nothing is promised, nothing is known', async t => {
  const one = rig('0')
  const report = await one.run({ control: 'off' })
  t.match(report, {
    outcomes: [],
    claims: [],
    verdict: 'unknown',
    skipped: [{ control: 'route-localnet', reason: 'turned off by policy' }],
  })
  t.same(one.events, [])
})

t.test('another run wrote while this one waited: it looks again, and writes nothing twice', async t => {
  const one = rig('0')
  const report = await one.run({
    writeLock: async () => {
      one.host.disk.set(key, '1\n')
      one.events.push('locked')
      return async () => {
        one.events.push('released')
      }
    },
  })
  t.match(report, { outcomes: [{ status: 'in-sync' }], verdict: 'in-sync' })
  t.same(one.events, ['locked', 'released'])
})

t.test('the claims are proven on what stands after the write', async t => {
  const one = rig('0')
  const report = await one.run({})
  t.same(
    report.claims.map(({ claim, proof }) => ('interface' in claim ? [claim.interface, proof.holds] : [])),
    [
      ['docker0', true],
      ['default', true],
    ],
  )
})

t.test('a key that cannot be read is unknown, is not written, and needs no lock', async t => {
  const one = rig(unreadable)
  const report = await one.run({})
  t.match(report, { outcomes: [{ status: 'unknown', error: { code: 'E_FILE' } }], verdict: 'unknown' })
  t.ok(report.claims.every(({ proof }) => proof.holds === null))
  t.same(one.events, [])
})

t.test('a key that takes no value fails, is told, and the lock goes', async t => {
  const one = rig('0')
  const deaf = { ...one.host, files: { ...one.host.files, poke: async () => undefined } }
  const report = await one.run({}, deaf)
  t.match(report, { outcomes: [{ status: 'failed', error: { code: 'E_VERIFY' } }], verdict: 'failed' })
  t.same(one.events, ['locked', 'released'])
})

t.test('a defect while writing gives the lock back', async t => {
  const one = rig('0')
  const poke = async () => {
    throw new TypeError('defect')
  }
  await t.rejects(one.run({}, { ...one.host, files: { ...one.host.files, poke } }), TypeError)
  t.same(one.events, ['locked', 'released'])
})

t.test('a lock that is held too long ends the run, and nothing was written', async t => {
  const one = rig('0')
  const busy = async () => {
    throw new TaskfenceError('E_BUSY', 'somebody else writes')
  }
  await t.rejects(one.run({ writeLock: busy }), { code: 'E_BUSY' })
  t.same(one.events, [])
  t.equal(one.host.disk.get(key), '0')
})

t.test('a host that cannot be served ends the run', async t => {
  const one = rig('0', { files: { '/etc/os-release': 'ID=bottlerocket\n' } })
  await t.rejects(one.run({}), { code: 'E_UNSUPPORTED' })
  t.same(one.events, [])
})

t.test('a fact that cannot be told stands in the report, and turns nothing off', async t => {
  const one = rig('0', { programs: { ...machine.programs, 'ip -j -d address show': 'Usage: ip' } })
  const report = await one.run({})
  t.match(report, {
    facts: { network: null, unknown: { network: /not JSON/ } },
    outcomes: [{ status: 'changed' }],
  })
  t.equal(report.claims.length, 4, 'bridges to come are promised instead')
})

t.test('iptables that is missing is an answer for each of its rules', async t => {
  const one = rig('1', { programs: {} })
  const report = await one.run({ only: ['task-credentials'], mode: 'check' })
  t.ok(report.outcomes.length >= 2)
  t.ok(report.outcomes.every(({ status }) => status === 'unknown'))
  t.equal(report.verdict, 'unknown')
})

t.test('when it was', async t => t.same((await rig('1').run({})).at, new Date('2026-03-01T12:00:00Z')))
