import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { exposition } from '../../src/report/metrics.js'
import { prometheus } from '../../src/report/prometheus.js'
import { plain } from '../../src/report/paint.js'
import { golden } from './golden.js'
import { hostile } from './hostile.js'
import { prove } from './proofs.js'
import { reports } from './reports.js'
import { controls } from './sample.js'

fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const reading = { controls, paint: plain, width: 100, only: [], again: '' }
const printed = Object.entries(reports).map(
  ([name, report]) => [name, prometheus({ report, reading })] as const,
)
const withPackets = prometheus({ report: reports['broken'] ?? hostile(''), proven: prove, reading })
const promtool = (text: string) =>
  spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
const missing = spawnSync('promtool', ['--version']).error === undefined ? false : 'promtool is not installed'

t.test('promtool has nothing to say', { skip: missing }, async t => {
  for (const [name, text] of printed) {
    const { status, stdout, stderr } = promtool(text)
    t.same({ status, said: stdout + stderr }, { status: 0, said: '' }, name)
  }
  t.equal(
    promtool(prometheus({ report: hostile('"}\\\n# HELP x \u0000\u2028'), reading })).status,
    0,
    'hostile names',
  )
  t.equal(promtool(withPackets).status, 0, 'what was asked with packets')
  t.not(promtool('taskfenceFoo 1\n').status, 0, 'and can say no')
})

t.test('a golden page', async t => {
  golden(t, 'report-broken.prometheus.txt', printed.find(([name]) => name === 'broken')?.[1] ?? '')
})

t.test('promises asked with packets are counted by their answer', async t => {
  const answers = [...read(withPackets)].filter(([name]) => name.startsWith('taskfence_probes{'))
  const asked = prove.probes.filter(({ reportOnly }) => reportOnly !== true).length
  t.equal(
    answers.reduce((sum, [, count]) => sum + count, 0),
    asked,
  )
  t.ok(asked > 0)
})

const read = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )

t.test('the series are the same whatever was found, and add up', async t => {
  const wanted = new Set(read(printed[0]?.[1] ?? '').keys())
  for (const [name, text] of printed) {
    const series = read(text)
    const extra = [...series.keys()].filter(key => !wanted.has(key) && !key.includes('loopback-guard'))
    t.same([[...wanted].filter(key => !series.has(key)), extra], [[], []], `${name}: series`)
    const sum = (metric: string) =>
      [...series].reduce(
        (total, [key, value]) => (key.startsWith(`taskfence_${metric}{`) ? total + value : total),
        0,
      )
    t.equal(sum('verdict'), 1, `${name}: one verdict`)
    t.equal(sum('entries'), reports[name]?.outcomes.length, `${name}: every entry once`)
    t.equal(sum('claims'), reports[name]?.claims.length, `${name}: every promise once`)
    t.equal(series.get('taskfence_last_look_timestamp_seconds'), 1741064767, `${name}: when`)
  }
})

t.test('controls of another system are no series of this host', async t => {
  const both = { ...(reports['in-sync'] ?? hostile('')), claims: [], outcomes: [], skipped: [] }
  const policy = {
    ...both.policy,
    controls: { 'imds-bridge': 'enforce', 'windows-route': 'enforce' },
  } as const
  const controlsOn = (family: 'linux' | 'windows') => [
    ...new Set(
      [
        ...prometheus({
          report: { ...both, policy, facts: { ...both.facts, os: { ...both.facts.os, family } } },
          reading,
        }).matchAll(/control="([^"]*)"/g),
      ].map(([, id]) => id),
    ),
  ]
  t.same(controlsOn('linux'), ['imds-bridge'])
  t.same(controlsOn('windows'), ['windows-route'])
})

t.test('label values stay on their line, and read back as they were', async () => {
  const unescaped = (text: string) =>
    text.replace(/\\(.)/g, (_all, letter: string) => (letter === 'n' ? '\n' : letter))
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', '}', ' ', 'é') }), value => {
      const text = exposition([
        { name: 'x', help: 'x', type: 'gauge', samples: [{ labels: { of: value }, value: 1 }] },
      ])
      const found = /^x\{of="((?:[^"\\\n]|\\.)*)"\} 1$/m.exec(text)?.[1]
      return text.split('\n').length === 4 && found !== undefined && unescaped(found) === value
    }),
  )
})
