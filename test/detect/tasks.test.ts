import fc from 'fast-check'
import t from 'tap'
import { detect } from '../../src/detect/index.js'
import { introspectedTasks } from '../../src/detect/introspection.js'
import { networkModes, type TaskFacts } from '../../src/model/agent-facts.js'
import { CommandError } from '../../src/model/errors.js'
import { arnOf, engineAnswers, json, ofTask, type FakeContainer } from '../fakes/engine.js'
import { fakeHost, type FakeOptions } from '../fakes/fake-host.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const files = { '/etc/os-release': 'ID=amzn\n', '/run/docker.sock': '' }
const bridgeOf = (ifname: string, local: string, prefixlen: number) => ({
  ...{ ifname, link_type: 'ether', flags: ['UP'], linkinfo: { info_kind: 'bridge' } },
  addr_info: [{ family: 'inet', local, prefixlen }],
})
const programs = {
  'ip -j -d address show': JSON.stringify([
    {
      ifname: 'ens5',
      link_type: 'ether',
      flags: ['UP'],
      addr_info: [{ family: 'inet', local: '10.0.0.10', prefixlen: 24 }],
    },
    bridgeOf('docker0', '172.17.0.1', 16),
    bridgeOf('appnet0', '172.18.0.1', 16),
  ]),
}
const pause = (task: string, given: Partial<FakeContainer> = {}): FakeContainer =>
  ofTask(task, '~internal~ecs~pause', { mode: 'none', pid: 4242, ...given })
const inside = (holder: FakeContainer) => ({ mode: `container:${holder.id}` })

/** As the agent tells of a task with a network interface of its own. */
const told = (task: string, address: string) => ({
  Arn: arnOf(task),
  DesiredStatus: 'RUNNING',
  KnownStatus: 'RUNNING',
  Family: task,
  Version: '1',
  Containers: [
    {
      DockerId: 'f00',
      DockerName: `ecs-${task}-1-app-c0ffee`,
      Name: 'app',
      Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: [address], IPv6Addresses: [] }],
    },
  ],
})

const detected = async (containers: readonly FakeContainer[] | null, http: FakeOptions['http'] = {}) => {
  const engine = engineAnswers(containers ?? [])
  const host = fakeHost({
    files,
    programs,
    http: { ...engine, ...(containers === null ? { '/containers/json': 500 } : {}), ...http },
  })
  const { tasks, unknown } = await detect(host)
  return { tasks, unknown: unknown.tasks, asked: host.asked.map(({ path }) => path) }
}

const task = (name: string, given: Partial<TaskFacts>): TaskFacts => ({
  ...{ arn: arnOf(name), family: name, revision: '1', mode: null, containers: ['app'] },
  ...{ addresses: [], bridges: [], namespacePid: null, cgroupParent: null },
  ...given,
})

const vpc = pause('db')
const mesh = ofTask('mesh', '~internal~ecs~pause-app', { address: '172.17.0.9' })
const cases: readonly (readonly [
  behaviour: string,
  containers: readonly FakeContainer[],
  tasks: readonly TaskFacts[],
  http?: FakeOptions['http'],
])[] = [
  ['containers that belong to no task', [{ id: 'f00', name: 'cron' }], []],
  [
    'bridge',
    [ofTask('web', 'app', { address: '172.17.0.2' })],
    [task('web', { mode: 'bridge', addresses: ['172.17.0.2'], bridges: ['docker0'] })],
  ],
  [
    '"default" is the bridge by another name',
    [ofTask('web', 'app', { mode: 'default' })],
    [task('web', { mode: 'bridge' })],
  ],
  [
    'a network of its own, on a bridge with a name of its own',
    [ofTask('web', 'app', { mode: 'appnet', address: '172.18.0.2' })],
    [task('web', { mode: 'bridge', addresses: ['172.18.0.2'], bridges: ['appnet0'] })],
  ],
  [
    'bridge with Service Connect: the namespace of a pause container on the bridge',
    [mesh, ofTask('mesh', 'app', inside(mesh))],
    [task('mesh', { mode: 'bridge', addresses: ['172.17.0.9'], bridges: ['docker0'] })],
  ],
  [
    'host, with the cgroup that the agent asked for',
    [ofTask('spy', 'app', { mode: 'host', cgroupParent: 'ecstasks-spy.slice' })],
    [task('spy', { mode: 'host', cgroupParent: 'ecstasks-spy.slice' })],
  ],
  [
    'host, without a cgroup of its own (ECS_ENABLE_TASK_CPU_MEM_LIMIT=false)',
    [ofTask('spy', 'app', { mode: 'host' })],
    [task('spy', { mode: 'host', cgroupParent: '' })],
  ],
  ['none', [ofTask('job', 'app', { mode: 'none' })], [task('job', { mode: 'none' })]],
  [
    'awsvpc: the namespace of a pause container without a network',
    [vpc, ofTask('db', 'app', inside(vpc))],
    [task('db', { mode: 'awsvpc', namespacePid: 4242 })],
  ],
  [
    'awsvpc, and the agent tells its address',
    [ofTask('db', 'app', inside(vpc)), vpc],
    [task('db', { mode: 'awsvpc', addresses: ['10.0.0.77'], namespacePid: 4242 })],
    { '/v1/tasks': json({ Tasks: [told('db', '10.0.0.77'), told('other', '10.0.0.78')] }) },
  ],
  [
    'awsvpc whose pause container has ended since it was listed',
    [vpc, ofTask('db', 'app', inside(vpc))],
    [task('db', { mode: 'awsvpc' })],
    { [`/containers/${vpc.id}/json`]: { status: 404, body: '{"message":"No such container"}' } },
  ],
  [
    'several, by their ARN',
    [ofTask('web', 'b'), ofTask('web', 'a'), ofTask('api', 'app')],
    [task('api', { mode: 'bridge' }), task('web', { mode: 'bridge', containers: ['b', 'a'] })],
  ],
]

for (const [behaviour, containers, tasks, http] of cases)
  t.test(behaviour, async t => {
    const found = await detected(containers, http)
    t.same(found.tasks, tasks)
    t.equal(found.unknown, undefined)
  })

t.test('no Docker runs no task', async t => {
  const { tasks, unknown } = await detect(fakeHost({ files: { '/etc/os-release': 'ID=amzn\n' } }))
  t.equal(tasks, null)
  t.equal(unknown.tasks, undefined)
})

const orphan = ofTask('lost', 'app', { mode: 'container:beef' })
const slow = new CommandError({ file: 'GET', args: [] }, undefined, {
  message: '/v1/tasks did not answer in 2 s',
})
const untold: readonly (readonly [
  behaviour: string,
  containers: readonly FakeContainer[] | null,
  http: FakeOptions['http'],
  tasks: readonly TaskFacts[] | null,
  reason: RegExp | undefined,
])[] = [
  [
    'the namespace of a container that is not listed',
    [orphan],
    {},
    [task('lost', {})],
    /nobody listens on 127\.0\.0\.1:51678/,
  ],
  [
    'the same, and the agent knows',
    [orphan],
    { '/v1/tasks': json({ Tasks: [told('lost', '10.0.0.5')] }) },
    [task('lost', { mode: 'awsvpc', addresses: ['10.0.0.5'] })],
    undefined,
  ],
  ['the same, and the agent is slow', [orphan], { '/v1/tasks': slow }, [task('lost', {})], /2 s/],
  [
    'the same, and half a body',
    [orphan],
    { '/v1/tasks': { status: 200, body: '{"Tas' } },
    [task('lost', {})],
    /not JSON/,
  ],
  ['the same, and status 503', [orphan], { '/v1/tasks': 503 }, [task('lost', {})], /status 503/],
  [
    'an inspection that fails',
    [ofTask('spy', 'app', { mode: 'host' })],
    { '/containers/spy-app/json': 500 },
    [task('spy', { mode: 'host' })],
    /spy-app\/json with status 500/,
  ],
  [
    'Docker lists nothing: the agent knows less',
    null,
    {
      '/v1/tasks': json({ Tasks: [told('db', '10.0.0.77'), { ...told('old', ''), KnownStatus: 'STOPPED' }] }),
    },
    [task('db', { mode: 'awsvpc', addresses: ['10.0.0.77'] })],
    /Docker did not list its containers/,
  ],
  [
    'Docker lists nothing, and the agent has nothing',
    null,
    { '/v1/tasks': json({ Tasks: [] }) },
    [],
    undefined,
  ],
  ['nobody tells', null, {}, null, /Docker did not list its containers; nobody listens/],
]

for (const [behaviour, containers, http, tasks, reason] of untold)
  t.test(`not all is told: ${behaviour}`, async t => {
    const found = await detected(containers, http)
    t.same(found.tasks, tasks)
    if (reason === undefined) t.equal(found.unknown, undefined)
    else t.match(found.unknown, reason)
  })

t.test(
  'what is asked: three of Docker, one of the agent, and then only what a list does not tell',
  async t => {
    const usual = ['/networks/bridge', '/v1/metadata', '/info', '/containers/json']
    const asks = async (...containers: readonly FakeContainer[]) =>
      (await detected(containers)).asked.filter(path => !usual.includes(path))
    t.same((await detected([])).asked.length, 4)
    t.same(await asks(ofTask('web', 'app'), ofTask('job', 'app', { mode: 'none' })), [])
    t.same(await asks(ofTask('spy', 'app', { mode: 'host' }), ofTask('spy', 'b', { mode: 'host' })), [
      '/containers/spy-app/json',
    ])
    t.same((await asks(vpc, ofTask('db', 'app', inside(vpc)))).sort(), [
      `/containers/${vpc.id}/json`,
      '/v1/tasks',
    ])
    t.same(await asks({ id: 'a9', name: 'ecs-agent', mode: 'host' }), ['/containers/a9/json'])
  },
)

t.test('whatever Docker and the agent answer, a task has a mode or none', async t => {
  const mode = fc.oneof(
    fc.constantFrom('host', 'none', 'bridge', 'default', 'container:', 'container:web-a', 'container:web-b'),
    fc.string(),
  )
  const name = fc.constantFrom('a', 'b', '~internal~ecs~pause')
  const container = fc.record({ name, mode }).map(({ name, mode }) => ofTask('web', name, { mode }))
  await fc.assert(
    fc.asyncProperty(fc.array(container, { maxLength: 4 }), fc.json(), async (containers, body) => {
      const { tasks } = await detected(containers, { '/v1/tasks': { status: 200, body } })
      return (tasks ?? []).every(({ mode }) => mode === null || networkModes.includes(mode))
    }),
  )
  fc.assert(fc.property(fc.jsonValue(), value => Array.isArray(introspectedTasks(value))))
  t.pass()
})
