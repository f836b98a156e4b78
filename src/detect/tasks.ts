import type { Host } from '../host/host.js'
import type { NetworkMode, TaskFacts } from '../model/agent-facts.js'
import { TaskfenceError } from '../model/errors.js'
import type { Interface, NetworkFacts } from '../model/facts.js'
import { contains } from '../netfilter/cidr.js'
import { taskArn, type Container } from './containers.js'
import type { Engine } from './docker.js'
import type { Found } from './found.js'
import { introspect, introspectedTasks, type IntrospectedTask } from './introspection.js'
import { at, text } from './json.js'

/**
 * Running tasks by the labels of their containers. The agent is asked only where a task may have a network interface of
 * its own, which Docker does not know, or where Docker does not answer: it knows the tasks, and less of them.
 */
export async function detectTasks(
  host: Host,
  asked: Promise<Engine>,
  links: Promise<NetworkFacts | null>,
): Promise<Found<readonly TaskFacts[] | null>> {
  const engine = await asked
  if (engine.docker.fact === null) return { fact: null }
  const groups = [...byTask(engine.containers ?? [])].map(([arn, own]) => ({
    arn,
    own,
    mode: modeOf(own, engine.containers ?? []),
  }))
  const ownInterface = groups.some(({ mode }) => mode === null || mode === 'awsvpc')
  const told = engine.containers === null || ownInterface ? await introspected(host) : noTasks
  if (engine.containers === null) return withoutDocker(told)
  const bridges = (await links)?.interfaces.filter(({ kind }) => kind === 'bridge') ?? []
  const found = await Promise.all(
    groups.map(async ({ arn, own, mode }) => {
      const itself = told.tasks.find(task => task.arn === arn)
      const known = mode ?? (itself?.awsvpc === true ? 'awsvpc' : null)
      const inspected = await inspect(known, own, engine)
      return { ...inspected, task: taskOf(arn, own, known, itself, bridges) }
    }),
  )
  // Without the agent an awsvpc task lacks nothing but its address.
  const silence = found.some(({ task }) => task.mode === null) ? [told] : []
  const reasons = new Set([...silence, ...found].flatMap(({ because }) => because ?? []))
  const fact = found.map(({ task, namespacePid, cgroupParent }) => ({ ...task, namespacePid, cgroupParent }))
  return reasons.size === 0 ? { fact } : { fact, unknown: [...reasons].join('; ') }
}

/** Each task's containers, by its ARN. */
function byTask(containers: readonly Container[]): ReadonlyMap<string, readonly Container[]> {
  const groups = new Map<string, readonly Container[]>()
  for (const container of containers) {
    const arn = taskArn(container)
    if (arn !== undefined) groups.set(arn, [...(groups.get(arn) ?? []), container])
  }
  return new Map([...groups].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** null: its containers do not agree, or share the namespace of one that nobody lists. */
function modeOf(own: readonly Container[], all: readonly Container[]): NetworkMode | null {
  const modes = new Set(own.map(container => modeOfContainer(container, all)))
  const [mode] = modes
  return modes.size === 1 && mode !== undefined ? mode : null
}

function modeOfContainer(container: Container, all: readonly Container[]): NetworkMode | null {
  const { networkMode } = container
  if (!networkMode.startsWith('container:')) return modeOfNamespace(container)
  const target = networkMode.slice('container:'.length)
  const holder = all.find(({ id, name }) => (id !== '' && id.startsWith(target)) || name === target)
  return holder === undefined ? null : modeOfNamespace(holder)
}

function modeOfNamespace(container: Container): NetworkMode | null {
  const { networkMode } = container
  if (networkMode.startsWith('container:')) return null
  if (networkMode === 'host') return 'host'
  // The pause container of an awsvpc task starts without a network; the agent moves an interface into its namespace.
  if (networkMode === 'none') return isPause(container) ? 'awsvpc' : 'none'
  return 'bridge'
}

/** The container that holds a task's namespace; in bridge mode (Service Connect) there is one a container. */
const isPause = (container: Container): boolean => nameOf(container).startsWith('~internal~ecs~pause')

/** As the task definition has it. */
const nameOf = ({ labels, name }: Container): string => labels.get('com.amazonaws.ecs.container-name') ?? name

interface Introspected {
  readonly tasks: readonly IntrospectedTask[]
  readonly because?: string
}

const noTasks: Introspected = { tasks: [] }

async function introspected(host: Host): Promise<Introspected> {
  try {
    const answer = await introspect(host, '/v1/tasks')
    if (answer === null)
      return { tasks: [], because: 'nobody listens on 127.0.0.1:51678, where the agent tells its tasks' }
    if (answer.status !== 200)
      return { tasks: [], because: `127.0.0.1:51678/v1/tasks answers with status ${answer.status}` }
    return { tasks: introspectedTasks(JSON.parse(answer.body)) }
  } catch (error) {
    if (error instanceof SyntaxError) return { tasks: [], because: '127.0.0.1:51678/v1/tasks: not JSON' }
    if (!(error instanceof TaskfenceError)) throw error
    return { tasks: [], because: error.message }
  }
}

/** All that is known while Docker does not answer. */
function withoutDocker({ tasks, because }: Introspected): Found<readonly TaskFacts[] | null> {
  const fact = tasks.map(({ awsvpc, ...task }): TaskFacts => ({
    ...task,
    mode: awsvpc ? 'awsvpc' : null,
    bridges: [],
    namespacePid: null,
    cgroupParent: null,
  }))
  if (because === undefined && fact.length === 0) return { fact }
  const silence = 'Docker did not list its containers'
  return because === undefined
    ? { fact, unknown: silence }
    : { fact: null, unknown: `${silence}; ${because}` }
}

type Inspected = Pick<TaskFacts, 'namespacePid' | 'cgroupParent'> & { readonly because?: string }

/** What no list tells: the process that holds an awsvpc task's namespace, and the cgroup of a task in host mode. */
async function inspect(
  mode: NetworkMode | null,
  own: readonly Container[],
  { api }: Engine,
): Promise<Inspected> {
  const nothing = { namespacePid: null, cgroupParent: null }
  const asked = mode === 'awsvpc' ? own.find(isPause) : mode === 'host' ? own[0] : undefined
  if (asked === undefined) return nothing
  // 404: it has ended since it was listed.
  const { answer, because } = await api(`/containers/${encodeURIComponent(asked.id)}/json`, [200, 404])
  if (because !== undefined) return { ...nothing, because }
  if (mode === 'host') return { ...nothing, cgroupParent: text(answer, 'HostConfig', 'CgroupParent') }
  const pid = at(answer, 'State', 'Pid')
  return { ...nothing, namespacePid: typeof pid === 'number' && pid > 0 ? pid : null }
}

function taskOf(
  arn: string,
  own: readonly Container[],
  mode: NetworkMode | null,
  itself: IntrospectedTask | undefined,
  bridges: readonly Interface[],
): Omit<TaskFacts, keyof Inspected> {
  const label = (name: string) =>
    own.map(({ labels }) => labels.get(`com.amazonaws.ecs.${name}`)).find(Boolean)
  const addresses = [
    ...new Set([...own.flatMap(container => container.addresses), ...(itself?.addresses ?? [])]),
  ]
  return {
    arn,
    family: label('task-definition-family') ?? itself?.family ?? null,
    revision: label('task-definition-version') ?? itself?.revision ?? null,
    mode,
    containers: own.filter(container => !isPause(container)).map(nameOf),
    addresses,
    bridges: bridges
      .filter(bridge => addresses.some(address => isOn(bridge, address)))
      .map(({ name }) => name),
  }
}

const isOn = (bridge: Interface, address: string): boolean =>
  bridge.addresses.some(own => contains(`${own.address}/${own.prefix}`, address))
