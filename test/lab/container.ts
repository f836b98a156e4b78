import { agentProgram, connectAgent, type Agent, type HttpAnswer, type Question } from './agent.js'
import { image } from './image.js'
import type { HttpOptions } from './lab.js'

/** A container that runs the lab's agent: its requests are those of a task. */
export interface Container {
  readonly name: string
  readonly agent: Agent
  /** As Lab.http. */
  http(url: string, options?: HttpOptions): Promise<string>
}

/** Where an engine runs, and how to reach it from here. */
export interface Engine {
  /** What Docker's client prints; rejects for any exit code but 0. */
  docker(...args: readonly string[]): Promise<string>
  /** A path of the engine's machine, as this one sees it. */
  path(path: string): string
}

/** Of the name, with options of `docker run`; `first` is what it begins with, each time that it starts. */
export async function runContainer(
  engine: Engine,
  name: string,
  options: readonly string[],
  first?: Question,
): Promise<Container> {
  const folder = `/run/lab/containers/${name}`
  const mounts = [`${process.execPath}:/usr/bin/node:ro`, `${folder}:/run/agent`]
  await engine.docker(
    ...[
      'run',
      '--detach',
      '--name',
      name,
      ...mounts.flatMap(mount => ['--volume', mount]),
      ...options,
      image,
    ],
    ...agentProgram('/usr/bin/node', '/run/agent/socket', first),
  )
  return containerOf(engine, name)
}

/** The container of that name, which runs already. */
export async function containerOf(engine: Engine, name: string): Promise<Container> {
  const agent = await connectAgent(engine.path(`/run/lab/containers/${name}/socket`))
  return {
    name,
    agent,
    http: async (url, { timeoutMs = 500, ...rest } = {}) => {
      const { fate, status }: HttpAnswer = await agent.ask({ op: 'http', url, timeoutMs, ...rest })
      return status === undefined ? fate : `${fate} ${status}`
    },
  }
}

/** The interface of a network of Docker's bridge driver. */
export const bridgeOf = (engine: Engine, network: string): Promise<string> =>
  engine.docker(
    ...['network', 'inspect', network, '--format'],
    '{{or (index .Options "com.docker.network.bridge.name") (printf "br-%.12s" .Id)}}',
  )
