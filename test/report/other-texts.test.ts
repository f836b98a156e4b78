import t from 'tap'
import { explainText, listText } from '../../src/report/explain-text.js'
import { factsText } from '../../src/report/facts-text.js'
import { iamText } from '../../src/report/iam-text.js'
import { printable } from '../../src/report/layout.js'
import { choosePaint, coloured, plain } from '../../src/report/paint.js'
import { planText } from '../../src/report/plan-text.js'
import { proveText } from '../../src/report/prove-text.js'
import { golden } from './golden.js'
import { prove, proven } from './proofs.js'
import { reports } from './reports.js'
import { controls, facts } from './sample.js'
import { agentConfigOf, agentOf, factsOf, taskOf } from '../fakes/machine.js'
import type { Facts } from '../../src/model/facts.js'
import type { Report } from '../../src/model/report.js'

t.test('facts are told a line each, and what is missing says why', t => {
  golden(t, 'facts.txt', factsText(facts, plain, 100))
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
  golden(t, 'facts-none.txt', factsText(bare, plain, 100))
  const reasons = {
    iptables: '`iptables -V` did not answer in 10 s',
    docker: '/var/run/docker.sock did not answer in 2 s',
  }
  golden(
    t,
    'facts-unknown.txt',
    factsText({ ...facts, iptables: null, docker: null, unknown: reasons }, plain, 100),
  )
  t.end()
})

t.test('agents and tasks of every kind', t => {
  const of = (given: Partial<Facts>) => factsText(factsOf(given), plain, 100)
  const told = [
    { source: 'introspection', version: '1.97.0' },
    { source: 'cached image', version: '1.105.1' },
    { source: 'rpm ecs-init', version: '1.105.1' },
  ]
  const byHand = { runsAs: 'container', unit: null, container: 'ecs-agent', networkMode: 'bridge' } as const
  const settings = [
    { name: 'ECS_AWSVPC_BLOCK_IMDS', value: '"true"', source: '/etc/ecs/ecs.config', running: null },
    { name: 'ECS_ENABLE_TASK_IAM_ROLE', value: 'true', source: 'ecs-init', running: 'false' },
  ]
  const findings = [
    {
      path: '/etc/ecs/ecs.config',
      line: 2,
      text: 'ECS_AWSVPC_BLOCK_IMDS="true"',
      hint: 'the quotes become part of the value',
    },
  ]
  const kinds = {
    'who disagree about the version': of({ agent: agentOf('1.97.0', { told }) }),
    stopped: of({
      agent: agentOf('1.105.1', {
        running: false,
        source: 'cached image',
        container: null,
        networkMode: null,
      }),
    }),
    'by hand': of({ agent: agentOf('1.40.0', byHand) }),
    native: of({ agent: agentOf('1.86.3', { runsAs: 'native', container: null, networkMode: null }) }),
    'with settings that differ': of({
      agent: agentOf('1.105.1'),
      agentConfig: agentConfigOf({ external: true, allowOffhostIntrospection: true, settings, findings }),
    }),
    'with tasks': of({
      nft: { version: '1.0.4', usable: false, expressions: [] },
      tasks: [
        taskOf('a', { mode: 'bridge', bridges: ['docker0'] }),
        taskOf('b', { mode: 'bridge', bridges: ['br-1a'], family: 'api' }),
        taskOf('c', { mode: 'awsvpc', namespacePid: 42 }),
        taskOf('d', { mode: 'host', cgroupParent: 'ecstasks-d.slice', family: 'monitor' }),
        taskOf('e', { mode: 'host', revision: null }),
        taskOf('f', { mode: 'none' }),
        taskOf('0', { family: null }),
      ],
    }),
  }
  for (const [kind, text] of Object.entries(kinds)) {
    const lines = text.split('\n')
    const from = lines.findIndex(line => line.startsWith('  agent '))
    golden(t, `facts-agent-${kind.replaceAll(' ', '-')}.txt`, lines.slice(from).join('\n'))
  }
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

t.test('the place of a finding is whole at any width', t => {
  const found = {
    rule: 'wildcard-action',
    path: '$.Statement[0].Action[0]',
    line: 7,
    why: 'too much',
    fix: 'less',
  } as const
  const files = [
    { file: 'a.json', holds: 'permissions', role: 'task', findings: [found], unknown: [] },
  ] as const
  t.match(
    iamText(files, plain, 100),
    '  \u2716 wildcard-action  line 7  $.Statement[0].Action[0]\n      too much\n',
  )
  t.match(
    iamText(files, plain, 40),
    '  \u2716 wildcard-action\n      line 7  $.Statement[0].Action[0]\n      too much\n',
  )
  t.end()
})

t.test('what a plan skips stands in one column', t => {
  const skipped = [
    { control: 'a', reason: 'one' },
    { control: 'longer', reason: 'two' },
  ]
  const report = { ...(reports['in-sync'] as never as Report), skipped }
  t.match(
    planText(report, { controls, paint: plain, width: 100, only: [], again: '' }),
    '  - a       skipped: one\n  - longer  skipped: two\n',
  )
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

t.test('control characters are those of Unicode', t => {
  const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join('')
  t.ok(printable(all) === all.replace(/\p{Cc}/gu, '\ufffd'))
  t.end()
})
