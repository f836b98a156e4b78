import type { NetworkMode, TaskFacts } from './agent-facts.js'
import type { Facts } from './facts.js'
import type { ControlId } from './policy.js'

/** Which controls close the metadata service to a task, and which have no hold on it. Whether they do close it, claims say. */
export interface TaskFences {
  readonly by: readonly ControlId[]
  readonly notBy: readonly ControlId[]
  readonly because: string
}

/** Pure: by the network mode alone, and by what this host can do. */
export function fencesOf(task: TaskFacts, facts: Facts): TaskFences {
  if (task.mode === null) return { by: [], notBy: [], because: 'its network mode was not told' }
  if (task.mode === 'none') return { by: [], notBy: [], because: 'it has no network' }
  if (facts.os.family === 'windows') return onWindows[task.mode]
  const { control, because } = fences[task.mode]
  const obstacle = obstacles[task.mode](task, facts)
  const notBy = Object.values(fences).map(fence => fence.control)
  if (obstacle !== undefined) return { by: [], notBy, because: obstacle }
  return { by: [control], notBy: notBy.filter(other => other !== control), because }
}

type Fenced = Exclude<NetworkMode, 'none'>

const fences: Readonly<Record<Fenced, { readonly control: ControlId; readonly because: string }>> = {
  bridge: { control: 'imds-bridge', because: 'the host forwards its packets' },
  awsvpc: {
    control: 'imds-awsvpc',
    because: 'its packets leave by an interface of its own, which no rule of the host sees',
  },
  host: {
    control: 'imds-host',
    because: "its packets are the host's own, and only its cgroup tells them apart",
  },
}

/** No rule of a Windows host sees what its containers send; only the agent, when it starts an awsvpc task, closes that. */
const onWindows: Readonly<Record<Fenced, TaskFences>> = {
  bridge: {
    by: [],
    notBy: ['windows-imds-awsvpc'],
    because: 'a container in nat mode reaches it as soon as it makes a route there',
  },
  awsvpc: { by: ['windows-imds-awsvpc'], notBy: [], because: 'the agent closes it when it starts the task' },
  host: { by: [], notBy: ['windows-imds-awsvpc'], because: "its packets are the host's own" },
}

/** What keeps the control of this mode from closing it. */
const obstacles: Readonly<Record<Fenced, (task: TaskFacts, facts: Facts) => string | undefined>> = {
  bridge({ addresses, bridges }, { network, nft }) {
    if (network !== null && addresses.length > 0 && bridges.length === 0)
      return 'its addresses are on no bridge of this host, as with macvlan and ipvlan'
    return nft?.usable === false && bridges.some(bridge => !bridge.startsWith('docker'))
      ? 'without nftables only bridges named docker* are closed'
      : undefined
  },
  awsvpc: () => undefined,
  host: ({ cgroupParent }, { cgroups }) => {
    if (cgroupParent === null) return 'its cgroup was not told'
    if (cgroupParent === '') return 'it has no cgroup of its own (ECS_ENABLE_TASK_CPU_MEM_LIMIT=false)'
    if (cgroups?.because === undefined) return undefined
    return cgroups.tree === 'v1' && cgroups.tasks === null
      ? `this host has cgroups of version 1 alone, and ${cgroups.because}`
      : `nft cannot ask for its cgroup: ${cgroups.because}`
  },
}
