import { uplink } from '../lab/addresses.js'
import { agentImage } from '../lab/ecs-agent-program.js'
import { ecsInitFiles } from '../lab/ecs-init.js'
import { image, importImage } from '../lab/image.js'
import { ecsUnit } from '../lab/options.js'
import { ecsConfig } from '../lab/stand-ins.js'
import { runTasks, type Task } from '../lab/tasks.js'
import { isSender } from '../host/lab-world.js'
import { urlOf, type Sender, type World } from '../host/reality.js'
import { bootMachine, type Machine, type MachineOptions } from './machine.js'
import type { RootName } from './roots.js'

/** Every request of a task on a bridge asks for this, so that the metadata service can tell them from the host's. */
export const askedByTasks = '/latest/meta-data/instance-id?asked-by-a-task'

/** A machine with Docker, the stand-in for ecs-init as a real unit, and tasks that start again whatever happens. */
export interface DockerHost {
  readonly machine: Machine
  readonly tasks: readonly Task[]
}

export interface DockerHostOptions extends Omit<MachineOptions, 'root'> {
  /** Settings of /etc/docker/daemon.json, beside IPv6. */
  readonly daemon?: Readonly<Record<string, unknown>>
}

export async function bootDockerHost(
  root: RootName,
  { daemon = {}, files = {}, ...options }: DockerHostOptions = {},
): Promise<DockerHost> {
  const settings = { ipv6: true, 'fixed-cidr-v6': 'fd17::/64', ...daemon }
  const machine = await bootMachine({
    ...options,
    root,
    files: {
      ...ecsInitFiles(),
      '/etc/systemd/system/ecs.service': ecsUnit,
      '/etc/ecs/ecs.config': ecsConfig,
      '/etc/docker/daemon.json': JSON.stringify(settings),
      ...files,
    },
  })
  try {
    await importImage(argv => machine.enter(argv))
    await machine.docker('tag', image, agentImage)
    await machine.must(['systemctl', 'enable', '--now', '--quiet', 'ecs.service'])
    const storm = {
      op: 'storm',
      name: 'metadata',
      url: `http://169.254.169.254${askedByTasks}`,
      everyMs: 5,
    } as const
    return { machine, tasks: await runTasks(machine, 'systemd', storm) }
  } catch (error) {
    await machine.stop()
    throw error
  }
}

/** Resolves once the agent that ecs-init started last answers on both its ports. */
export async function agentUp(machine: Machine): Promise<void> {
  await machine.must([
    'timeout',
    '40',
    'sh',
    '-c',
    `until { ${agentAnswers}; } 2> /dev/null; do sleep 0.1; done`,
  ])
}

// With live-restore the one before goes on and answers until ecs-init has it removed.
const agentAnswers = `systemctl is-active --quiet ecs &&
  since=$(date -d "$(systemctl show --property=ExecMainStartTimestamp --value ecs)" +%s) &&
  [ "$(date -d "$(docker inspect --format '{{.State.StartedAt}}' ecs-agent)" +%s)" -ge "$since" ] &&
  curl --silent --output /dev/null http://127.0.0.1:51678/ && curl --silent --output /dev/null http://127.0.0.1:51679/`

/**
 * Requests of tasks that the metadata service answered since it was last asked, but for those that began before
 * `fromNow`: where this machine has much to do they are answered long after.
 */
export async function answeredToTasks({ vpc }: Machine): Promise<number> {
  const since = counted.get(vpc) ?? 0
  return (await vpc.ask({ op: 'served' })).filter(
    ({ asked, begun }) => asked.endsWith(askedByTasks) && begun >= since,
  ).length
}

/** The count begins anew. */
export async function fromNow(machine: Machine): Promise<void> {
  counted.set(machine.vpc, Date.now())
  await answeredToTasks(machine)
}

const counted = new WeakMap<Machine['vpc'], number>()

/** Lines of ours that stand more than once in iptables. */
export async function linesTwice(machine: Machine): Promise<readonly string[]> {
  const saved = await Promise.all(['iptables-save', 'ip6tables-save'].map(save => machine.must([save])))
  return saved.flatMap(text => {
    const lines = text.split('\n').filter(line => line.includes('--comment taskfence-'))
    return lines.filter((line, index) => lines.indexOf(line) !== index)
  })
}

/** The machine, its neighbour and its tasks, as those who send what a report speaks of. */
export function worldOf({ machine, tasks }: DockerHost): World {
  const host: Sender = { name: 'host', reaches: [], http: (...question) => machine.http(...question) }
  const neighbour: Sender = {
    name: 'neighbour',
    reaches: [
      urlOf('169.254.170.2', 80),
      urlOf('127.0.0.1', 51679),
      urlOf(uplink.host.ipv4, 51678),
      urlOf(uplink.host.ipv6, 51678),
    ],
    http: async (url, { timeoutMs = 500, ...rest } = {}) => {
      const { fate, status } = await machine.neighbour.ask({ op: 'http', url, timeoutMs, ...rest })
      return status === undefined ? fate : `${fate} ${status}`
    },
  }
  const senders = tasks.map(task => ({
    ...task,
    ipv4Only: task.name === 'task-on-named',
    reaches: [urlOf('169.254.169.254', 80)],
  }))
  return {
    seesAnswers: true,
    senders: [neighbour, ...senders],
    sendersOf: ({ claim: { origin } }) => {
      if (origin.kind === 'host') return [host]
      if (origin.kind === 'neighbour') return [neighbour]
      return senders.filter(task => isSender(task, origin))
    },
  }
}
