import t from 'tap'
import { reconcile, type ReconcileInput } from '../../src/engine/reconcile.js'
import { restart } from '../../src/engine/restart.js'
import { CommandError } from '../../src/model/errors.js'
import type { Mode } from '../../src/model/policy.js'
import type { Outcome, Report } from '../../src/model/report.js'
import { platformFor } from '../../src/platforms/index.js'
import { configPath, ecsHost, environmentOf, type EcsHost, type EcsHostOptions } from '../fakes/ecs-host.js'
import { hangs } from '../fakes/fake-host.js'
import { factsOf, policyOf } from '../fakes/machine.js'

const block = 'ECS_AWSVPC_BLOCK_IMDS=true\n'

const run = (host: EcsHost, input: Partial<ReconcileInput> = {}, mode: Mode = 'enforce') =>
  reconcile(
    {
      policy: policyOf({ 'imds-awsvpc': mode }),
      mode: 'apply',
      only: ['imds-awsvpc', 'agent-task-roles'],
      writeLock: async () => async () => undefined,
      ...input,
    },
    host,
  )

/** "changed absent → true", in the order of the report. */
const told = ({ outcomes, verdict }: Report) => [
  ...outcomes.map(outcome => [outcome.status, ...wordsOf(outcome)].join(' ')),
  verdict,
]
const wordsOf = (outcome: Outcome): readonly string[] => [
  ...('from' in outcome ? [`${outcome.from ?? 'absent'} \u2192 ${outcome.entry.state ?? 'absent'}`] : []),
  ...('because' in outcome ? [outcome.because] : []),
  ...('error' in outcome ? [outcome.error.message] : []),
]
const systemctl = (host: EcsHost) => host.ran.filter(argv => argv.startsWith('systemctl'))

const needed = 'restart needed: `systemctl restart ecs`'

type Row = readonly [
  behaviour: string,
  host: EcsHostOptions,
  check: readonly string[],
  apply: readonly string[],
  restart: readonly string[],
  restarts: number,
]

const rows: readonly Row[] = [
  [
    'a host as it comes',
    {},
    ['drifted absent \u2192 true', 'failed'],
    [`pending absent \u2192 true ${needed}`, 'pending'],
    ['changed absent \u2192 true', 'changed'],
    1,
  ],
  [
    'the file is right, and the running agent is without it',
    { config: block },
    [`pending true \u2192 true ${needed}`, 'pending'],
    [`pending true \u2192 true ${needed}`, 'pending'],
    ['in-sync', 'in-sync'],
    1,
  ],
  [
    'in force',
    { config: block, startedWith: block },
    ['in-sync', 'in-sync'],
    ['in-sync', 'in-sync'],
    ['in-sync', 'in-sync'],
    0,
  ],
  [
    'in force, and the file is not right any more: drift, every promise holds, nothing to restart',
    { config: 'ECS_AWSVPC_BLOCK_IMDS=false\n', startedWith: block },
    ['drifted false \u2192 true', 'drifted'],
    ['changed false \u2192 true', 'changed'],
    ['changed false \u2192 true', 'changed'],
    0,
  ],
  [
    'no agent runs: nothing waits',
    { startedWith: null },
    ['drifted absent \u2192 true', 'failed'],
    ['changed absent \u2192 true', 'changed'],
    ['changed absent \u2192 true', 'changed'],
    0,
  ],
  [
    'task roles that were off when the agent started',
    { config: block, startedWith: `${block}ECS_ENABLE_TASK_IAM_ROLE=false\n` },
    ['in-sync', `pending absent \u2192 absent ${needed}`, 'pending'],
    ['in-sync', `pending absent \u2192 absent ${needed}`, 'pending'],
    ['in-sync', 'in-sync'],
    1,
  ],
  [
    'task roles that a file turns off',
    {
      config: `${block}ECS_ENABLE_TASK_IAM_ROLE="true"`,
      startedWith: `${block}ECS_ENABLE_TASK_IAM_ROLE="true"`,
    },
    ['drifted "true" \u2192 true', 'in-sync', 'failed'],
    ['in-sync', `pending "true" \u2192 true ${needed}`, 'pending'],
    ['in-sync', 'changed "true" \u2192 true', 'changed'],
    1,
  ],
  [
    'cloud-init runs: it only queues, or both would wait for each other',
    { config: block, files: { '/run/cloud-init/status.json': '{}' } },
    ['pending true \u2192 true restart needed: `systemctl restart --no-block ecs`', 'pending'],
    ['pending true \u2192 true restart needed: `systemctl restart --no-block ecs`', 'pending'],
    ['pending true \u2192 true ecs.service restarts when cloud-init has ended', 'pending'],
    1,
  ],
  [
    'cloud-init has ended',
    {
      config: block,
      files: { '/run/cloud-init/status.json': '{}', '/run/cloud-init/result.json': '{}' },
    },
    [`pending true \u2192 true ${needed}`, 'pending'],
    [`pending true \u2192 true ${needed}`, 'pending'],
    ['in-sync', 'in-sync'],
    1,
  ],
  [
    'the restart fails',
    { config: block, restart: () => ({ exitCode: 1, stderr: 'Job for ecs.service failed.\n' }) },
    [`pending true \u2192 true ${needed}`, 'pending'],
    [`pending true \u2192 true ${needed}`, 'pending'],
    [
      'failed true \u2192 true `systemctl restart ecs` ended with exit code 1: Job for ecs.service failed.',
      'failed',
    ],
    1,
  ],
  [
    'restarted, and still without it',
    {
      config: block,
      restart: host => {
        host.agent = { environment: environmentOf(''), answersIn: 0 }
        return {}
      },
    },
    [`pending true \u2192 true ${needed}`, 'pending'],
    [`pending true \u2192 true ${needed}`, 'pending'],
    [
      'failed true \u2192 true ecs.service has restarted, and its agent is without ECS_AWSVPC_BLOCK_IMDS all the same',
      'failed',
    ],
    1,
  ],
]

for (const [behaviour, options, check, apply, restarted, restarts] of rows)
  t.test(behaviour, async t => {
    const checked = ecsHost(options)
    t.same(told(await run(checked, { mode: 'check' })), check, 'check')
    t.same([checked.written, systemctl(checked)], [[], []], 'check writes nothing')
    const applied = ecsHost(options)
    t.same(told(await run(applied)), apply, 'apply')
    t.same(systemctl(applied), [], 'nobody restarts an agent without being asked')
    const host = ecsHost(options)
    const lines: string[] = []
    t.same(told(await run(host, { restart: text => lines.push(text) })), restarted, 'apply --restart-agent')
    t.equal(systemctl(host).filter(argv => argv.startsWith('systemctl restart')).length, restarts)
    t.equal(lines.length >= restarts, true, 'whoever waits is told')
  })

t.test('a check after the restart is in sync', async t => {
  const host = ecsHost({ config: '# mine\nECS_CLUSTER=lab' })
  await run(host, { restart: () => undefined })
  t.equal(host.disk.get(configPath), '# mine\nECS_CLUSTER=lab\nECS_AWSVPC_BLOCK_IMDS=true')
  t.same(told(await run(host, { mode: 'check' })), ['in-sync', 'in-sync'])
})

t.test('what only observes is neither written nor restarted for', async t => {
  for (const config of ['', block]) {
    const host = ecsHost({ config })
    const report = await run(host, { restart: () => undefined }, 'observe')
    t.match(report.outcomes[0], { entry: { reportOnly: true } })
    t.same([host.written, systemctl(host)], [[], []])
  }
})

const platform = platformFor(factsOf().os)

t.test('the agent may take its time', async t => {
  const host = ecsHost({
    config: block,
    restart: host => ((host.agent = { environment: [], answersIn: 25 }), {}),
  })
  const lines: string[] = []
  t.equal(await restart('ecs.service', platform, host, text => lines.push(text), 1), 'restarted')
  t.same(lines, [
    'systemctl restart ecs',
    'waiting for the agent to answer: 10 of 120 s',
    'waiting for the agent to answer: 20 of 120 s',
  ])
})

t.test('an agent that never answers, and one whose unit has failed', async t => {
  const silent = ecsHost({ restart: host => ((host.agent = null), {}) })
  await t.rejects(
    restart('ecs.service', platform, silent, () => undefined, 0),
    {
      message: /^ecs\.service has restarted, and its agent does not answer on 127\.0\.0\.1:51678$/,
      hint: /journalctl -u ecs\.service/,
    },
  )
  const failed: EcsHost = {
    ...silent,
    run: async ({ args }) => ({
      exitCode: 0,
      stdout: args[0] === 'show' ? 'Result=exit-code\nActiveState=failed\n' : '',
      stderr: '',
    }),
  }
  await t.rejects(
    restart('ecs.service', platform, failed, () => undefined, 0),
    {
      message: /^ecs\.service has restarted and is failed \(exit-code\)$/,
    },
  )
  const deaf: EcsHost = {
    ...silent,
    run: async command => {
      throw hangs(command)
    },
  }
  await t.rejects(
    restart('ecs.service', platform, deaf, () => undefined, 0),
    CommandError,
  )
})

t.test('nobody waits for the write lock while the agent restarts', async t => {
  const host = ecsHost({})
  let isHeld = false
  const heldAt: (readonly [program: string, held: boolean])[] = []
  const watched: EcsHost = {
    ...host,
    run: async command => {
      heldAt.push([command.file, isHeld])
      return host.run(command)
    },
  }
  await run(watched, {
    restart: () => undefined,
    writeLock: async () => {
      isHeld = true
      return async () => void (isHeld = false)
    },
  })
  t.strictSame(
    heldAt.filter(([program]) => program === 'systemctl').map(([, held]) => held),
    [false],
  )
})
