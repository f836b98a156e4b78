import t from 'tap'
import type { Facts } from '../../src/model/facts.js'
import { openConnections } from '../host/reality.js'
import { told } from '../host/told.js'
import { agentUp, answeredToTasks, bootDockerHost, fromNow, worldOf, type DockerHost } from './docker-host.js'
import { whyNoRoot } from './roots.js'

// Booted hosts with each engine: real tasks, real restarts, and every line of a report beside the packet.

const metadata = 'http://169.254.169.254/'
const metadata6 = 'http://[fd00:ec2::254]/'
const credentials = 'http://169.254.170.2/v2/credentials/lab-task'

t.jobs = 2
t.setTimeout(600_000)

for (const root of ['bookworm-docker', 'trixie-docker', 'sid-docker'] as const)
  t.test(root, { skip: whyNoRoot(root) ?? false, buffered: true }, async t => {
    t.setTimeout(600_000)
    const host = await bootDockerHost(root, { daemon: { 'live-restore': true } })
    const { machine, tasks } = host
    t.teardown(() => machine.stop())
    t.comment(`Docker ${await machine.docker('version', '--format', '{{.Server.Version}}')}`)
    await agentUp(machine)
    const { facts } = JSON.parse((await machine.taskfence(['facts', '--format', 'json'])).stdout) as {
      readonly facts: Facts
    }
    t.equal(facts.docker?.firewallBackend, root === 'sid-docker' ? 'iptables' : null, 'told since 28.1')
    const onBridges = tasks.filter(({ bridge }) => bridge !== null)

    for (const task of tasks) {
      t.equal(await task.http(metadata, { timeoutMs: 5000 }), 'answered 404', `${task.name} before`)
      t.equal(await task.http(credentials), 'answered 200', `${task.name} before: ecs-init opens them`)
    }
    const rig = { host: machine, world: worldOf(host), open: await openConnections(worldOf(host)) }
    await told(t, rig, 1, 'before')
    t.ok((await answeredToTasks(machine)) > 10, 'and answers a storm')

    t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'apply')
    await fromNow(machine)
    await told(t, rig, 0, 'after')
    for (const task of onBridges)
      for (const url of [metadata, metadata6])
        t.not(await task.http(url), 'answered 404', `${task.name}: ${url}`)

    for (const [event, exitCode, happen] of events(host)) {
      await happen()
      await agentUp(machine)
      await told(t, rig, exitCode, event)
      if (exitCode === 0) continue
      t.equal((await machine.taskfence(['apply'])).exitCode, 0, `${event}: apply mends it`)
      await told(t, rig, 0, `${event}, mended`)
    }
    t.equal(await answeredToTasks(machine), 0, 'no task was answered in all that time')
  })

type Event = readonly [name: string, checkEnds: number, happen: () => Promise<unknown>]

const events = ({ machine }: DockerHost): readonly Event[] => [
  ['docker restarted', 0, () => machine.must(['systemctl', 'restart', 'docker'])],
  ['docker reloaded', 0, () => machine.must(['systemctl', 'reload', 'docker'])],
  [
    'docker killed',
    0,
    () => machine.must(['sh', '-c', 'systemctl kill --signal=KILL docker; sleep 3; systemctl start docker']),
  ],
  ['network create', 0, () => machine.docker('network', 'create', 'later')],
  ['iptables -F', 2, () => machine.must(['iptables', '-F'])],
  ['ecs restarted', 0, () => machine.must(['systemctl', 'restart', 'ecs'])],
]
