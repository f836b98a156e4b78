import { agentSwitch } from '../ecs-config/switch.js'
import type { AgentFacts, AgentSetting } from '../model/agent-facts.js'

/** What a setting is made of: each file as ecs-init reads it, and the agent's own JSON file. */
export interface Given {
  readonly runsAs: AgentFacts['runsAs']
  readonly external: boolean
  /** What the unit of a native agent gives it. */
  readonly unit: { readonly name: string; readonly values: ReadonlyMap<string, string> }
  /** In the order in which ecs-init reads them; the later wins. */
  readonly files: readonly { readonly path: string; readonly values: ReadonlyMap<string, string> }[]
  readonly json: { readonly path: string; readonly values: ReadonlyMap<string, string> }
  /** The environment of the agent's container; undefined: none runs, or it was not told. */
  readonly running: ReadonlyMap<string, string> | undefined
}

interface Known {
  /** The field of the agent's configuration, which is its key in the JSON file. */
  readonly field: string
  /** What ecs-init sets where no file does. */
  readonly injected?: string
}

/** All of them switches. Defaults: ecs-init/docker/docker.go; fields: agent/config/types.go. */
export const knownSettings: Readonly<Record<string, Known>> = {
  ECS_ENABLE_TASK_IAM_ROLE: { field: 'TaskIAMRoleEnabled', injected: 'true' },
  ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST: { field: 'TaskIAMRoleEnabledForNetworkHost', injected: 'true' },
  ECS_ENABLE_TASK_ENI: { field: 'TaskENIEnabled', injected: 'true' },
  ECS_AWSVPC_BLOCK_IMDS: { field: 'AWSVPCBlockInstanceMetdata' },
  ECS_ENABLE_TASK_CPU_MEM_LIMIT: { field: 'TaskCPUMemLimit' },
  ECS_EXTERNAL: { field: 'External' },
}

/** Pure. */
export function settingsOf(given: Given): readonly AgentSetting[] {
  const { runsAs, running } = given
  // Bottlerocket's: what neither its unit nor its own file says may still be set up elsewhere.
  if (runsAs === 'native')
    return Object.entries(knownSettings).flatMap(
      entry => inUnit(given, entry[0]) ?? inJson(given, ...entry) ?? [],
    )
  return Object.entries(knownSettings).map(([name, known]): AgentSetting => ({
    ...(runsAs === 'container' ? ofContainer(name, running) : atNextStart(given, name, known)),
    ...(running === undefined ? {} : { running: running.get(name) ?? null }),
  }))
}

/** What is neither true nor false counts as not set. */
function inUnit({ unit }: Given, name: string): AgentSetting | undefined {
  const value = unit.values.get(name)
  return value === undefined || agentSwitch(value) === null ? undefined : { name, value, source: unit.name }
}

/** A container keeps the environment that it was made with. */
const ofContainer = (name: string, running: Given['running']): AgentSetting => ({
  name,
  value: running?.get(name) ?? null,
  source: running?.has(name) === true ? 'docker run' : 'default',
})

function atNextStart(given: Given, name: string, known: Known): AgentSetting {
  const ofFiles = given.files.flatMap(({ path, values }) => {
    const value = values.get(name)
    return value === undefined ? [] : [{ name, value, source: path }]
  })
  // Without a network interface of EC2 there is none to give to a task, whatever a file says.
  if (name === 'ECS_ENABLE_TASK_ENI' && given.external) return { name, value: 'false', source: 'ecs-init' }
  const ofInit =
    known.injected === undefined || given.runsAs === null
      ? []
      : [{ name, value: known.injected, source: 'ecs-init' }]
  const found = [...ofInit, ...ofFiles].at(-1)
  // What is neither true nor false counts as not set, and then the JSON file has its say.
  if (found !== undefined && agentSwitch(found.value) !== null) return found
  return inJson(given, name, known) ?? found ?? { name, value: null, source: 'default' }
}

function inJson({ json }: Given, name: string, { field }: Known): AgentSetting | undefined {
  const value = json.values.get(field)
  return value === undefined ? undefined : { name, value, source: json.path }
}
