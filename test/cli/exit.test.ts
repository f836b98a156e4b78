import t from 'tap'
import { worst } from '../../src/cli/exit.js'
import { TaskfenceError, type ErrorCode } from '../../src/model/errors.js'
import type { Report } from '../../src/model/report.js'
import { prove, proven } from '../report/proofs.js'
import {
  bridge,
  broken,
  changed,
  cut,
  drifted,
  entries,
  facts,
  failed,
  inSync,
  unknown,
  untold,
} from '../report/sample.js'
import { taskfence } from './fakes.js'

t.test('1 over 3 over 2 over 0', t => {
  const cases = [
    [[], 0],
    [[0, 2], 2],
    [[2, 3, 0], 3],
    [[3, 1, 2], 1],
  ] as const
  for (const [codes, expected] of cases) t.equal(worst(...codes), expected, codes.join(' '))
  t.end()
})

const { literal, fence } = entries
const docker0 = bridge('docker0')
const good = cut(docker0)
const bad = cut(docker0, broken('accepted'))
const open = cut(docker0, untold('unreadable'))
const observed = { ...fence, reportOnly: true }

const cases: readonly (readonly [
  what: string,
  of: Partial<Report>,
  check: number,
  plan: number,
  apply: number,
])[] = [
  ['everything in place', { verdict: 'in-sync', outcomes: [inSync(literal)], claims: [good] }, 0, 0, 0],
  ['written and verified', { verdict: 'changed', outcomes: [changed(literal)], claims: [good] }, 0, 0, 0],
  ['drift, and all holds', { verdict: 'drifted', outcomes: [drifted(literal)], claims: [good] }, 2, 2, 1],
  [
    'drift, and a claim is false',
    { verdict: 'failed', outcomes: [drifted(literal)], claims: [bad] },
    1,
    2,
    1,
  ],
  [
    'in place, and a claim is false',
    { verdict: 'failed', outcomes: [inSync(literal)], claims: [bad] },
    1,
    0,
    1,
  ],
  [
    'one unreadable, one drifted',
    { verdict: 'unknown', outcomes: [unknown(fence), drifted(literal)] },
    3,
    3,
    1,
  ],
  ['one unreadable', { verdict: 'unknown', outcomes: [unknown(fence)], claims: [good] }, 3, 3, 3],
  [
    'a claim that could not be told',
    { verdict: 'unknown', outcomes: [inSync(fence)], claims: [open] },
    3,
    0,
    0,
  ],
  ['no claim at all', { verdict: 'unknown', outcomes: [inSync(fence)] }, 3, 0, 0],
  ['a write that failed', { verdict: 'failed', outcomes: [failed(literal)], claims: [good] }, 1, 3, 1],
  [
    'an observing control that differs',
    { verdict: 'in-sync', outcomes: [drifted(observed)], claims: [good, { ...bad, reportOnly: true }] },
    ...([0, 0, 0] as const),
  ],
]

t.test('check, plan and apply end with the exit of what they found', async t => {
  for (const [what, of, check, plan, apply] of cases) {
    t.equal((await taskfence(['check'], { report: of })).exit, check, `check: ${what}`)
    t.equal((await taskfence(['plan'], { report: of })).exit, plan, `plan: ${what}`)
    t.equal((await taskfence(['apply'], { report: of })).exit, apply, `apply: ${what}`)
  }
})

t.test('prove: broken over unknown over proven, and no packet proves nothing', async t => {
  const [, quarrel, , silence] = prove.probes.map(probe => [probe])
  for (const [what, probes, expected] of [
    ['proven', proven.probes, 0],
    ['packet against rules', quarrel ?? [], 1],
    ['no answer', silence ?? [], 3],
    ['no answer, and one broken', prove.probes, 1],
    ['nothing asked', [], 3],
  ] as const) {
    const parts = { prove: () => Promise.resolve({ ...prove, probes }) }
    t.equal((await taskfence(['prove'], { parts })).exit, expected, what)
    t.equal(
      (await taskfence(['check', '--live'], { parts, report: { claims: [good] } })).exit,
      expected,
      `check --live: ${what}`,
    )
  }
})

t.test('facts: 3 when something could not be told', async t => {
  t.equal((await taskfence(['facts'])).exit, 0)
  const parts = {
    detect: () => Promise.resolve({ ...facts, docker: null, unknown: { docker: 'no answer' } }),
  }
  t.equal((await taskfence(['facts'], { parts })).exit, 3)
})

t.test('an error of the whole run has an exit of its own and one line', async t => {
  const codes: readonly (readonly [ErrorCode, number])[] = [
    ['E_USAGE', 64],
    ['E_UNSUPPORTED', 69],
    ['E_BUSY', 75],
    ['E_PRIVILEGE', 77],
    ['E_POLICY', 78],
    ['E_COMMAND', 3],
    ['E_FILE', 3],
    ['E_PARSE', 3],
    ['E_VERIFY', 1],
  ]
  for (const [code, expected] of codes) {
    const error = new TaskfenceError(code, 'something\nis wrong', { hint: 'Look there.' })
    const parts = { reconcile: () => Promise.reject(error) }
    const { exit, stdout, stderr } = await taskfence(['check', '--format', 'json'], { parts })
    t.same(
      { exit, stdout, stderr },
      { exit: expected, stdout: '', stderr: 'taskfence: something / is wrong. Look there.\n' },
      code,
    )
  }
  const bug = { reconcile: () => Promise.reject(new TypeError('x is undefined')) }
  const quiet = await taskfence(['check'], { parts: bug })
  t.equal(quiet.exit, 1)
  t.match(quiet.stderr, /^taskfence: \[unexpected\] TypeError: x is undefined\. .*\n$/, 'a defect says so')
  const loud = await taskfence(['check', '--log-level', 'debug'], { parts: bug })
  t.match(loud.stderr, /\n {4}at /, 'and where, for whoever asks')
})
