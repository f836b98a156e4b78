import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { startAgent, type Agent, type HttpAnswer, type HttpQuestion } from './agent.js'
import { ownCgroups } from './cgroups.js'
import { execute, mustExecute, type Environment, type ExecOptions, type ExecResult } from './execute.js'
import { connect, furnish } from './furnish.js'
import { labPath } from './mounts.js'
import { openBase, openNamespace, type Base, type Namespace } from './namespaces.js'
import { placeSysctls, placesOf, type Place } from './network.js'
import { asPublished } from './published.js'
import { layoutOf, type LabOptions, type Layout } from './options.js'

/** "cgroup PATH" is a program of the host in that cgroup of the lab's own, which is made: "cgroup ecstasks.slice/ecstasks-1.slice". */
export type Where = Place | 'host' | `cgroup ${string}`

export interface HttpOptions {
  readonly timeoutMs?: number
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Requests with the same name share one connection, kept open between them. */
  readonly connection?: string
}

/** A throw-away ECS container instance with its neighbours, in namespaces that die with this process. */
export interface Lab {
  readonly layout: Layout
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** As exec; rejects for any exit code but 0. Answers what the program printed. */
  must(argv: readonly string[], options?: ExecOptions): Promise<string>
  in(where: Where): { exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult> }
  /** "answered 200", "timed out", "refused", "unreachable" or the system's code. 500 ms when no time is given. */
  http(from: Where, url: string, options?: HttpOptions): Promise<string>
  /** The same request, with the body of its answer. */
  request(from: Where, url: string, options?: HttpOptions): Promise<HttpAnswer>
  /** A file of the host; folders are made. A symbolic link is replaced, never followed. */
  write(path: string, text: string): Promise<void>
  /** A path of the host, as this machine sees it. */
  path(path: string): string
  /** The node process that asks and serves in a namespace. */
  agent(where: Where): Agent
  /** Ends that process, so that its cgroup can go; the next question starts another. */
  leave(where: Where): Promise<void>
  /** The argv that runs a program of the host from here, with no environment but the lab's and the one given. */
  enter(argv: readonly string[], where?: Where, env?: Environment): readonly string[]
  /** The built command-line program (the executable where there is one), run on the host. Rejects where the JSON that it prints is not as its schema says. */
  taskfence(args: readonly string[], options?: ExecOptions): Promise<ExecResult>
  dispose(): Promise<void>
}

const { NODE_V8_COVERAGE: coverage, TASKFENCE_PROGRAM: program = 'dist/taskfence.js' } = process.env

export const labEnv = {
  PATH: labPath,
  LC_ALL: 'C',
  HOME: '/root',
  TMPDIR: '/run/tmp',
  ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }),
} as const

/** The program that tests are about: the built one, or its parts where their lines are counted. */
export const taskfence = resolve(program)

/** What starts it fastest. */
const starts = coverage === undefined && existsSync('dist/taskfence') ? resolve('dist/taskfence') : taskfence

export async function createLab(options: LabOptions = {}): Promise<Lab> {
  const layout = layoutOf(options)
  const held: Namespace[] = []
  const agents = new Map<Where, Agent>()
  const dispose = async () => {
    for (const agent of agents.values()) void agent.stop()
    await Promise.all(held.map(namespace => namespace.stop()))
  }
  try {
    const mounts = { backend: layout.backend, without: layout.has('no-nft') ? ['nft'] : [] }
    const base = await openBase(
      mounts,
      options.cgroups === undefined ? undefined : ownCgroups(options.cgroups),
    )
    held.push(base)
    const places = new Map(
      await Promise.all(
        placesOf(layout).map(async place => {
          const namespace = await openNamespace(base, placeSysctls(place))
          held.push(namespace)
          return [place, namespace] as const
        }),
      ),
    )
    const lab = labOf(base, places, agents, layout, options, dispose)
    await connect(lab, base, place => namespaceOf(places, place))
    await furnish(lab, options)
    return lab
  } catch (error) {
    await dispose()
    throw error
  }
}

function labOf(
  base: Base,
  places: ReadonlyMap<Where, Namespace>,
  agents: Map<Where, Agent>,
  layout: Layout,
  options: LabOptions,
  dispose: () => Promise<void>,
): Lab {
  const enter = (argv: readonly string[], where: Where = 'host', env: Environment = {}) =>
    base.enter(
      [...onlyWith({ ...labEnv, ...env }), ...inCgroup(where), ...argv],
      where === 'host' || where.startsWith('cgroup ') ? base : namespaceOf(places, where),
    )
  const agentIn = (where: Where): Agent => {
    const agent = agents.get(where) ?? startAgent(argv => enter(argv, where))
    agents.set(where, agent)
    return agent
  }
  const request = async (from: Where, url: string, { timeoutMs = 500, ...rest }: HttpOptions = {}) => {
    const question: HttpQuestion = { op: 'http', url, timeoutMs, ...rest }
    const answer: HttpAnswer = await agentIn(from).ask(question)
    // The first of many connections begun at once stays silent now and then, on a busy machine: no rule did that.
    return answer.fate.startsWith('connected only') ? agentIn(from).ask(question) : answer
  }
  const exec: Lab['exec'] = (argv, given) => execute(enter(argv, 'host', given?.env), given)
  return {
    layout,
    enter,
    exec,
    must: (argv, given) => mustExecute(enter(argv, 'host', given?.env), given),
    in: where => ({ exec: (argv, given) => execute(enter(argv, where, given?.env), given) }),
    request,
    http: async (from, url, given) => {
      const { fate, status } = await request(from, url, given)
      return status === undefined ? fate : `${fate} ${status}`
    },
    write: async (path, text) => {
      await agentIn('host').ask({ op: 'write', path, text })
    },
    path: path => `/proc/${base.pid}/root${path}`,
    agent: agentIn,
    leave: async where => {
      await agents.get(where)?.stop()
      agents.delete(where)
    },
    taskfence: async (args, given) => {
      const cli = options.cli === undefined ? starts : resolve(options.cli)
      return asPublished(
        args,
        await exec([...(cli.endsWith('.js') ? [process.execPath] : []), cli, ...args], given),
      )
    },
    dispose,
  }
}

/** By a program in the lab: a test runner puts settings of its own into the environment of every child. */
/** By a link that no other place has: outside of the lab nothing runs. */
const onlyWith = (env: Environment): readonly string[] => [
  `${labPath}/env`,
  '-i',
  ...Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
]

const inCgroup = (where: Where): readonly string[] =>
  where.startsWith('cgroup ')
    ? [
        'sh',
        '-ec',
        'mkdir -p "$0"; echo 0 > "$0/cgroup.procs"; exec "$@"',
        where.replace('cgroup ', '/sys/fs/cgroup/'),
      ]
    : []

function namespaceOf(places: ReadonlyMap<Where, Namespace>, where: Where): Namespace {
  const namespace = places.get(where)
  if (namespace === undefined) throw new Error(`this lab has no ${where}`)
  return namespace
}
