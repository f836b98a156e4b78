import type { CgroupTree } from './cgroups.js'
import type { Container } from './container.js'
import type { Dockerd } from './dockerd.js'
import { customBridge } from './options.js'

/** A task with one container. */
export interface Task extends Container {
  readonly id: string
  /** The interface of its network on the host; null: it has none. */
  readonly bridge: string | null
}

/** One task on the default bridge, on a user-defined network, on a bridge with a name of its own, in host mode. */
export async function runTasks(dockerd: Dockerd, tree: CgroupTree): Promise<readonly Task[]> {
  await dockerd.docker('network', 'create', '--ipv6', '--subnet=172.18.0.0/16', '--subnet=fd18::/64', 'apps')
  const named = ['--opt', `com.docker.network.bridge.name=${customBridge}`]
  await dockerd.docker('network', 'create', ...named, '--subnet=172.19.0.0/16', 'named')
  const tasks: Task[] = []
  for (const network of ['bridge', 'apps', 'named', 'host']) {
    const id = idOf(tasks.length)
    const options = [`--network=${network}`, '--restart=always', ...taskOptions(id, `on-${network}`, tree)]
    const container = await dockerd.run(`task-on-${network}`, ...options)
    tasks.push({ ...container, id, bridge: network === 'host' ? null : await dockerd.bridgeOf(network) })
  }
  return tasks
}

const idOf = (number: number): string => `${number}`.repeat(32)

/** As the agent gives them: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html and its cgroups. */
export function taskOptions(id: string, family: string, tree: CgroupTree): readonly string[] {
  const labels = {
    cluster: 'lab',
    'container-name': family,
    'task-arn': `arn:aws:ecs:eu-west-1:123456789012:task/lab/${id}`,
    'task-definition-family': family,
    'task-definition-version': '1',
  }
  // Docker's systemd driver makes the second from the name of the slice alone.
  const parent = tree === 'v2' ? `/ecstasks.slice/ecstasks-${id}.slice` : `/ecs/${id}`
  return [
    `--cgroup-parent=${parent}`,
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `com.amazonaws.ecs.${name}=${value}`]),
  ]
}
