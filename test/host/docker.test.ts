import t, { type Test } from 'tap'
import type { Storm } from '../lab/agent.js'
import { whyNoCgroups } from '../lab/cgroups.js'
import { startDockerd, whyNoDockerd, type Dockerd } from '../lab/dockerd.js'
import type { Backend } from '../../src/model/facts.js'
import { createLab, type Lab } from '../lab/lab.js'
import { runTasks, tasksAgain, type Task } from '../lab/tasks.js'
import { worldOf } from './lab-world.js'
import { openConnections } from './reality.js'
import { told, type Told } from './told.js'

// Docker's own engine, and real containers that ask: every line of a report beside the packet, whatever Docker does.

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const metadata6 = 'http://[fd00:ec2::254]/latest/meta-data/instance-id'
const credentials = 'http://169.254.170.2/v2/credentials/lab-task'

const skip = whyNoDockerd() ?? whyNoCgroups('hybrid') ?? false
t.jobs = 2
t.setTimeout(120_000)

interface Rig extends Told {
  readonly host: Lab
  readonly dockerd: Dockerd
  readonly tasks: readonly Task[]
}

for (const backend of ['nf_tables', 'legacy'] as const)
  t.test(
    `${backend}: real tasks before and after, and the engine restarted beside them`,
    { skip },
    async t => {
      const rig = await open(t, backend)
      t.match(await dockerFacts(rig.host), {
        defaultBridge: 'docker0',
        liveRestore: true,
        userlandProxy: true,
      })
      const { host: lab, dockerd, tasks } = rig
      const onBridges = tasks.filter(task => task.bridge !== null)
      const inHostMode = tasks.filter(task => task.bridge === null)

      for (const task of tasks) t.equal(await task.http(metadata), 'answered 200', `${task.name} before`)
      t.ok((await storm(onBridges[0], 200)).answered > 10, 'and answers a storm')
      for (const task of onBridges) t.equal(await task.http(credentials), 'timed out', `${task.name} before`)
      await told(t, rig, 1, 'before')

      t.equal((await lab.taskfence(['apply'])).exitCode, 0, 'apply')
      for (const task of tasks) t.equal(await task.http(credentials), 'answered 200', `${task.name} after`)
      for (const task of onBridges)
        for (const url of [metadata, metadata6])
          t.not(await task.http(url), 'answered 200', `${task.name} after: ${url}`)
      for (const task of inHostMode)
        t.equal(await task.http(metadata), 'answered 200', 'host mode is observed')
      await told(t, rig, 0, 'after')

      for (const { agent } of onBridges)
        await agent.ask({ op: 'storm', name: 'v4', url: metadata, everyMs: 5 })
      const first = onBridges.slice(0, 2)
      for (const { agent } of first) await agent.ask({ op: 'storm', name: 'v6', url: metadata6, everyMs: 5 })
      for (const [event, exitCode, happen] of events(lab, dockerd)) {
        await happen()
        await told(t, rig, exitCode, event)
        if (exitCode === 0) continue
        t.equal((await lab.taskfence(['apply'])).exitCode, 0, `${event}: apply mends it`)
        await told(t, rig, 0, `${event}, mended`)
        for (const task of tasks) t.equal(await task.http(credentials), 'answered 200', task.name)
      }
      const storms = [
        ...onBridges.map(task => [task, 'v4'] as const),
        ...first.map(task => [task, 'v6'] as const),
      ]
      for (const [{ name, agent }, family] of storms) {
        const { asked, connected, answered } = await agent.ask({ op: 'calm', name: family })
        t.same(
          { connected, answered },
          { connected: 0, answered: 0 },
          `${name}, ${family}: none of ${asked} answered`,
        )
        t.ok(asked > 500, `${asked} asked`)
      }
    },
  )

type Event = readonly [name: string, checkEnds: number, happen: () => Promise<unknown>]

const events = (lab: Lab, dockerd: Dockerd): readonly Event[] => [
  ['dockerd stopped', 0, () => dockerd.stop()],
  ['dockerd started', 0, () => dockerd.start()],
  ['dockerd reloaded', 0, () => dockerd.reload()],
  ['dockerd killed and started', 0, () => dockerd.stop('KILL').then(() => dockerd.start())],
  ['iptables -F', 2, () => lab.must(['iptables', '-F'])],
  ['network create', 0, () => dockerd.docker('network', 'create', 'later')],
  ['iptables -F and -t nat -F', 1, () => lab.must(['sh', '-c', 'iptables -F; iptables -t nat -F'])],
  [
    'iptables -F and a network made',
    2,
    () => lab.must(['iptables', '-F']).then(() => dockerd.docker('network', 'create', 'last')),
  ],
]

async function open(t: Test, backend: Backend, options = ['--live-restore']): Promise<Rig> {
  const lab = await createLab({ backend, bridges: [], docker: 'none', cgroups: 'hybrid' })
  t.teardown(() => lab.dispose())
  // No container of the agent runs in this engine, so nobody tells its settings; packets are what this is about.
  await lab.write('/etc/taskfence/policy.json', '{"controls":{"imds-awsvpc":"off","agent-task-roles":"off"}}')
  const dockerd = await startDockerd(lab, '--ipv6', '--fixed-cidr-v6=fd17::/64', ...options)
  const tasks = await runTasks(dockerd, 'hybrid')
  const world = worldOf(lab, tasks)
  return { host: lab, dockerd, tasks, world, open: await openConnections(world) }
}

async function dockerFacts(lab: Lab): Promise<unknown> {
  const { stdout } = await lab.taskfence(['facts', '--format', 'json'])
  return (JSON.parse(stdout) as { readonly facts: { readonly docker: unknown } }).facts.docker
}

async function storm(task: Task | undefined, milliseconds: number): Promise<Storm> {
  if (task === undefined) throw new Error('no task on a bridge')
  await task.agent.ask({ op: 'storm', name: 'before', url: metadata, everyMs: 5 })
  await new Promise(resolve => setTimeout(resolve, milliseconds))
  return task.agent.ask({ op: 'calm', name: 'before' })
}

t.test('without live-restore tasks start again behind the fence', { skip }, async t => {
  const rig = await open(t, 'nf_tables', ['--userland-proxy=false'])
  t.match(await dockerFacts(rig.host), { liveRestore: false, userlandProxy: false })
  t.equal((await rig.host.taskfence(['apply'])).exitCode, 0)
  await rig.dockerd.stop()
  await rig.dockerd.start()
  for (const task of await tasksAgain(rig.dockerd, rig.tasks)) {
    if (task.bridge === null) continue
    t.equal(await task.http(metadata), 'timed out', task.name)
    t.equal(await task.http(credentials), 'answered 200', task.name)
  }
})
