import t from 'tap'
import { explainText, listText } from '../../src/report/explain-text.js'
import { factsText } from '../../src/report/facts-text.js'
import { choosePaint, coloured, plain } from '../../src/report/paint.js'
import { proveText } from '../../src/report/prove-text.js'
import { golden } from './golden.js'
import { prove, proven } from './proofs.js'
import { controls, facts } from './sample.js'

t.test('facts are told a line each, and what is missing says why', t => {
  golden(t, 'facts.txt', factsText(facts, plain))
  const bare = {
    ...facts,
    kernel: null,
    iptables: null,
    nft: null,
    network: null,
    docker: null,
    agent: null,
    agentConfig: null,
    tasks: null,
    rules: null,
  }
  golden(t, 'facts-none.txt', factsText(bare, plain))
  const reasons = {
    iptables: '`iptables -V` did not answer in 10 s',
    docker: '/var/run/docker.sock did not answer in 2 s',
  }
  golden(
    t,
    'facts-unknown.txt',
    factsText({ ...facts, iptables: null, docker: null, unknown: reasons }, plain),
  )
  t.end()
})

t.test('proofs stand beside what the rules say, and a quarrel is loud', t => {
  const reading = { controls, paint: plain, width: 100, only: [], again: '' }
  golden(t, 'prove.txt', proveText(prove, reading))
  golden(t, 'prove-proven.txt', proveText(proven, reading))
  golden(t, 'prove-nothing.txt', proveText({ ...prove, probes: [] }, reading))
  t.end()
})

t.test('a control is explained in full, its commands unbroken', t => {
  const explained = {
    id: 'imds-bridge',
    title: 'Tasks on any bridge cannot reach the instance metadata service',
    why: 'It hands out the role of the instance, which is stronger than that of any task, and a task that has it can get the credentials of every other task.',
    source: 'Amazon ECS Developer Guide, "Task IAM role"',
    byHand: [
      'iptables --insert DOCKER-USER 1 --in-interface docker+ --destination 169.254.169.254/32 --jump DROP',
    ],
    limits: ['Tasks in host network mode send from the host itself: this control does not cut them.'],
    mode: undefined,
  }
  golden(
    t,
    'explain.txt',
    explainText([explained, { ...explained, id: 'twin', limits: [], mode: 'observe' }], 80),
  )
  golden(t, 'explain-list.txt', listText([explained, { ...explained, id: 'b' }]))
  t.end()
})

t.test('colour on a terminal, unless anybody said no', t => {
  const cases = [
    [true, true, {}, 'coloured'],
    [true, false, {}, 'plain'],
    [false, true, {}, 'plain'],
    [true, true, { NO_COLOR: '1' }, 'plain'],
    [true, true, { NO_COLOR: '' }, 'coloured'],
    [true, true, { TERM: 'dumb' }, 'plain'],
    [true, true, { TERM: 'xterm' }, 'coloured'],
  ] as const
  for (const [color, isTerminal, env, expected] of cases)
    t.equal(
      choosePaint({ color, isTerminal, env }),
      expected === 'plain' ? plain : coloured,
      `${expected}: ${JSON.stringify({ color, isTerminal, env })}`,
    )
  t.end()
})
