import { taskName, type TaskFacts } from '../model/agent-facts.js'
import type { Claim, Origin } from '../model/claim.js'
import type { Desired } from '../model/desired.js'
import type { Facts } from '../model/facts.js'
import { taskClass } from '../netfilter/cgroup-class.js'
import { metadata } from './addresses.js'
import { allowedTasks } from './allowances.js'
import type { Context, Control } from './control.js'
import { chainByHand, fenceDrop, fenceRule, hasFence, noFenceRule } from './fence.js'
import {
  cgroupOf,
  hostTasks,
  isByClass,
  isWithoutCgroup,
  obstacleTo,
  packetsOf,
  packetsOfEnded,
  senderOfTask,
  sentByTasks,
  slice,
} from './host-tasks.js'
import { familiesOf } from './places.js'
import { senderOf } from './sender.js'

const id = 'imds-host'
const table = 'taskfence_host'
const guard = 'imds_host'
/** What the agent puts tasks in, below /sys/fs/cgroup. */
const usual = { v2: slice, hybrid: 'unified/ecs', v1: 'net_cls/ecs' } as const

export const imdsHost: Control = {
  id,
  title: 'Tasks in host network mode cannot reach the instance metadata service (IPv4 and IPv6)',
  why: "A task in host network mode sends from the host itself, so no rule about bridges or addresses tells its packets from the host's own, and it gets the role of the instance. Its cgroup does tell: the agent puts every task under ecstasks.slice and runs elsewhere itself.",
  source:
    'taskfence; AWS documents no block for host network mode, so it only observes unless the policy says "enforce"',
  byHand: [
    ...chainByHand('output', table),
    `nft add rule inet ${table} output ip daddr 169.254.169.254 socket cgroupv2 level 1 "${slice}" drop`,
    `nft add rule inet ${table} output ip6 daddr fd00:ec2::254 socket cgroupv2 level 1 "${slice}" drop`,
  ],
  limits: [
    'It does not hold a privileged container, which can move itself to another cgroup, nor packet sockets (AF_PACKET), which pass no rule of this kind and need the NET_RAW that Docker gives by default, nor a socket that was made before its process came into the cgroup.',
    'A task without a cgroup of its own (ECS_ENABLE_TASK_CPU_MEM_LIMIT=false) is open, and named in every report.',
    'It needs cgroup v2, also beside v1 (a hybrid tree), Linux 5.13 and nft 1.0; or, with v1 alone, net_cls. Where there is neither, or nft cannot, it is skipped with that reason, and every running task in host network mode is named as open.',
    "With v1 alone it gives the class 7a5f:1 (net_cls) to the agent's /ecs and all that is in it, and asks for that; packets are then counted for all tasks together. A class that somebody else gave is left, and told. After a reboot it stands with the daemon, or with the first apply after the agent has made /ecs.",
    'nft keeps a number for the cgroup, which must be there when the rule is written: before the first task there is nothing to write. Once it was written, taskfence-host.service makes the slice at boot, before Docker, and writes it again whenever the slice is made anew; a task that policy allows is cut until the next apply or the daemon. Beside v1 (a hybrid tree) no unit can do that: there it stands with the first apply after the first task.',
    'TCP waits for its time-out; UDP and ICMP get "operation not permitted" at once.',
  ],

  skip({ facts }) {
    const obstacle = obstacleTo(facts)
    if (obstacle !== undefined || facts.cgroups === null) return obstacle
    const { tree, tasks } = facts.cgroups
    return tasks === null
      ? `there is no ${usual[tree]} yet: no task has run since this host started`
      : undefined
  },

  desire(context) {
    const { facts, mode } = context
    // Nobody could read the table, nor take anything from it.
    if (!hasFence(facts)) return []
    const jumps = familiesOf(facts).flatMap(family => {
      const match = `${family === 'ipv4' ? 'ip' : 'ip6'} daddr ${metadata[family]} ${sentByTasks(facts)}`
      return fenceRule(id, 'output', `imds_host_${family}`, match, `jump ${guard}`, table)
    })
    const count = 'update @imds_host_asked { socket cgroupv2 level 2 }'
    return [
      ...classes(context),
      ...jumps,
      ...exceptions(context),
      ...(isByClass(facts)
        ? noFenceRule(id, guard, 'imds_host_asked', table)
        : fenceRule(id, guard, 'imds_host_asked', '', count, table)),
      ...fenceDrop(id, mode, guard, 'imds_host_cut', '', table),
    ]
  },

  claims(context) {
    const { facts } = context
    const allowed = allowedTasks(context)
    const named = hostTasks(facts).filter(task => !allowed.includes(task))
    const origins = [null, ...named].map((task): Origin => ({
      kind: 'host-task',
      task: task === null ? null : taskName(task),
      ...senderOfTask(task, facts),
    }))
    return familiesOf(facts).flatMap(family =>
      origins.map((origin): Claim => ({
        kind: 'packet',
        family,
        origin,
        from: senderOf(origin, family, facts),
        to: metadata[family],
        protocol: 'tcp',
        port: 80,
        fate: 'dropped',
      })),
    )
  },

  notes(context) {
    const { facts, mode } = context
    const open = hostTasks(facts).flatMap(task => {
      const why = whyOpen(task, facts)
      return why === undefined ? [] : [`open: ${taskName(task)} in host network mode ${why}`]
    })
    const held = heldTasks(context)
    const asking = held.filter(task => packetsOf(task, facts) > 0)
    const ended = packetsOfEnded(facts)
    return [
      ...open,
      ...(mode === 'observe' && held.length > 0 ? [`would be cut if enforced: ${askers(held, facts)}`] : []),
      ...(mode === 'enforce' && asking.length > 0 ? [`asked in vain: ${askers(asking, facts)}`] : []),
      ...(ended > 0
        ? [`tasks that have ended asked too: ${packets(ended)} for the metadata service in the last day`]
        : []),
    ]
  },

  cuts: context => heldTasks(context).map(task => `${taskName(task)} (${task.containers.join(', ')})`),
}

/** Those that the fence can tell from the host, and that nobody allowed anything. */
function heldTasks(context: Context): readonly TaskFacts[] {
  const allowed = allowedTasks(context)
  return hostTasks(context.facts).filter(
    task => whyOpen(task, context.facts) === undefined && !allowed.includes(task),
  )
}

/** Why nothing cuts it, whatever the policy says; undefined: something can. */
function whyOpen(task: TaskFacts, facts: Facts): string | undefined {
  if (isWithoutCgroup(task))
    return "has no cgroup of its own (ECS_ENABLE_TASK_CPU_MEM_LIMIT=false), so nothing tells its packets from the host's"
  const obstacle = obstacleTo(facts)
  return obstacle === undefined ? undefined : `reaches the metadata service: ${obstacle}`
}

/** What goes back before anything is cut. A cgroup is allowed by its own name: no wider than the task. */
function exceptions({ facts, policy }: Context): readonly Desired[] {
  // By class they are told apart before anything is asked here.
  const cgroups = isByClass(facts) ? [] : allowedCgroups({ policy, facts })
  const resolver = facts.network?.metadataIsResolver === true ? 'meta l4proto { tcp, udp } th dport 53' : null
  const tasks = cgroups.length === 0 ? null : `socket cgroupv2 level 2 ${oneOf(cgroups)}`
  const back = (name: string, match: string | null) =>
    match === null ? noFenceRule(id, guard, name, table) : fenceRule(id, guard, name, match, 'return', table)
  return [...back('imds_host_allowed_dns', resolver), ...back('imds_host_allowed_tasks', tasks)]
}

const allowedCgroups = ({ policy, facts }: Pick<Context, 'policy' | 'facts'>): readonly string[] =>
  allowedTasks({ policy, facts })
    .filter(({ mode }) => mode === 'host')
    .flatMap(task => cgroupOf(task, facts) ?? [])

/** Where nft cannot name a cgroup. Allowed tasks have none. */
function classes({ facts, policy }: Context): readonly Desired[] {
  const tasks = facts.cgroups?.tasks ?? null
  if (!isByClass(facts) || tasks === null) return []
  const apart = allowedCgroups({ policy, facts }).map(cgroup => cgroup.slice(`${tasks}/`.length))
  const resource = { kind: 'cgroup-class', path: `/sys/fs/cgroup/${tasks}`, apart: apart.toSorted() } as const
  return [{ resource, state: taskClass }]
}

/** As nft prints it, which spares a look at how this one spells it. */
function oneOf(names: readonly string[]): string {
  const quoted = [...new Set(names)]
    .map(name => `"${name}"`)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return quoted.length === 1 ? quoted.join('') : `{ ${quoted.join(', ')} }`
}

const askers = (tasks: readonly TaskFacts[], facts: Facts): string =>
  isByClass(facts)
    ? `${tasks.map(taskName).join(', ')}; cgroup v1 does not tell whose packets the fence counts`
    : `${tasks.map(task => `${taskName(task)} (${packets(packetsOf(task, facts))})`).join(', ')}, for the metadata service in the last day`

const packets = (count: number): string => `${count === 0 ? 'no' : count} packet${count === 1 ? '' : 's'}`
