import type { Host } from '../host/host.js'
import type { AgentFacts, ToldVersion } from '../model/agent-facts.js'
import { TaskfenceError } from '../model/errors.js'
import { toldVersions } from './agent-versions.js'
import { taskArn, type Container } from './containers.js'
import type { Engine } from './docker.js'
import type { Asking, Found } from './found.js'
import { introspect, parseAgentVersion } from './introspection.js'
import type { Unit } from './unit.js'

/** null: nothing of the ECS agent is here. One that is installed and does not run is no failure: the host may be booting. */
export async function detectAgent(
  host: Host,
  engine: Promise<Engine>,
  installed: Promise<Unit>,
  asking: Asking,
): Promise<Found<AgentFacts | null>> {
  const [itself, { containers }, unit] = await Promise.all([askItself(host), engine, installed])
  const container = agentContainer(containers ?? [])
  const running = itself.listens || container !== undefined
  if (!running && unit.starts === null) return { fact: null }
  const known = itself.told.length > 0
  const others = await toldVersions(host, unit, container, known, asking)
  const told = [...itself.told, ...others.told]
  const runsAs = kindOf(unit, container)
  const fact: AgentFacts = {
    version: told[0]?.version ?? null,
    running,
    source: told[0]?.source ?? 'nobody',
    told,
    runsAs,
    unit: runsAs === unit.starts ? unit.name : null,
    container: container?.name ?? null,
    networkMode: container?.networkMode ?? null,
  }
  const because = [...itself.because, ...others.because]
  return because.length === 0 ? { fact } : { fact, unknown: because.join('; ') }
}

/** What the agent tells of itself. Something that takes the connection is an agent, as loopback refuses where none listens. */
async function askItself(host: Host): Promise<{
  readonly listens: boolean
  readonly told: readonly ToldVersion[]
  readonly because: readonly string[]
}> {
  try {
    const answer = await introspect(host, '/v1/metadata')
    if (answer === null) return { listens: false, told: [], because: [] }
    const version = answer.status === 200 ? parseAgentVersion(answer.body) : null
    if (version !== null) return { listens: true, told: [{ source: 'introspection', version }], because: [] }
    return { listens: true, told: [], because: ['127.0.0.1:51678 did not tell its version'] }
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    return { listens: true, told: [], because: [error.message] }
  }
}

/** By its name, else by its image. A task may run any image: what carries a task's label is never the agent. */
export function agentContainer(containers: readonly Container[]): Container | undefined {
  const own = containers.filter(container => taskArn(container) === undefined)
  return (
    own.find(({ name }) => name === 'ecs-agent') ??
    own.find(({ image }) => /(?:^|\/)amazon-ecs-agent(?:[:@]|$)/.test(image))
  )
}

/** ecs-init gives its container the host's network, whatever the settings say. */
function kindOf({ starts }: Unit, container: Container | undefined): AgentFacts['runsAs'] {
  if (container === undefined) return starts
  return starts === 'ecs-init' && container.networkMode === 'host' ? 'ecs-init' : 'container'
}
