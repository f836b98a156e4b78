import type { Question } from './agent.js'
import { bridgeOf, containerOf, runContainer, type Container, type Engine } from './container.js'
import { customBridge } from './options.js'

/** A task with one container. */
export interface Task extends Container {
  readonly id: string
  /** The interface of its network on the host; null: it has none. */
  readonly bridge: string | null
}

/** Docker's cgroup parent of a task, as the agent names it for Docker's cgroupfs driver and for its systemd driver. */
export const cgroupParents = {
  hybrid: (id: string) => `/ecs/${id}`,
  v2: (id: string) => `/ecstasks.slice/ecstasks-${id}.slice`,
  systemd: (id: string) => `ecstasks-${id}.slice`,
} as const

/**
 * One task on the default bridge, on a user-defined network, on a bridge with a name of its own, in host mode; all of
 * them start again whatever happens. `first` is what a task on a bridge begins with, each time.
 */
export async function runTasks(
  engine: Engine,
  parents: keyof typeof cgroupParents,
  first?: Question,
): Promise<readonly Task[]> {
  await engine.docker('network', 'create', '--ipv6', '--subnet=172.18.0.0/16', '--subnet=fd18::/64', 'apps')
  const named = ['--opt', `com.docker.network.bridge.name=${customBridge}`]
  await engine.docker('network', 'create', ...named, '--subnet=172.19.0.0/16', 'named')
  const tasks: Task[] = []
  for (const network of ['bridge', 'apps', 'named', 'host']) {
    const id = idOf(tasks.length)
    const bridge = network === 'host' ? null : await bridgeOf(engine, network)
    const options = [`--network=${network}`, '--restart=always', ...taskOptions(id, `on-${network}`, parents)]
    const begin = bridge === null ? undefined : first
    tasks.push({ ...(await runContainer(engine, `task-on-${network}`, options, begin)), id, bridge })
  }
  return tasks
}

/** The same tasks, once their engine or their host has started again. */
export const tasksAgain = (engine: Engine, tasks: readonly Task[]): Promise<readonly Task[]> =>
  Promise.all(tasks.map(async task => ({ ...task, ...(await containerOf(engine, task.name)) })))

const idOf = (number: number): string => `${number}`.repeat(32)

/** The labels and the cgroup that the agent gives to a task's containers. */
export function taskOptions(
  id: string,
  family: string,
  parents: keyof typeof cgroupParents,
): readonly string[] {
  const labels = {
    cluster: 'lab',
    'container-name': family,
    'task-arn': `arn:aws:ecs:eu-west-1:123456789012:task/lab/${id}`,
    'task-definition-family': family,
    'task-definition-version': '1',
  }
  return [
    `--cgroup-parent=${cgroupParents[parents](id)}`,
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `com.amazonaws.ecs.${name}=${value}`]),
  ]
}
