import { taskName, type TaskFacts } from '../model/agent-facts.js'
import type { Claim, Origin } from '../model/claim.js'
import type { Facts } from '../model/facts.js'
import { metadata } from './addresses.js'
import type { Control } from './control.js'
import { chainByHand, fenceDrop, fenceRule, hasFence, noFenceRule } from './fence.js'
import { familiesOf } from './places.js'
import { senderOf } from './sender.js'

const id = 'imds-host'
const table = 'taskfence_host'
const slice = 'ecstasks.slice'

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
    'It needs cgroup v2, also beside v1 (a hybrid tree), Linux 5.13 and nft 1.0. Where there is no v2, or nft cannot, it is skipped with that reason.',
    'nft keeps a number for the cgroup, which must be there when the rule is written: before the first task there is nothing to write, and a slice that was stopped and made again is drift, repaired by the next apply. After a reboot it stands with the first apply after the first task.',
    'TCP waits for its time-out; UDP and ICMP get "operation not permitted" at once.',
  ],

  skip({ facts }) {
    if (!hasFence(facts)) return 'nftables is not usable here'
    if (facts.cgroups === null) return undefined
    const { tree, tasks, because } = facts.cgroups
    if (tree === 'v1') return 'this host has cgroups of version 1 alone, and nft asks for those of version 2'
    if (tasks === null)
      return `there is no ${tree === 'v2' ? slice : 'unified/ecs'} yet: no task has run since this host started`
    return because === undefined ? undefined : `nft cannot ask for the cgroup of a sender: ${because}`
  },

  desire({ facts, mode }) {
    // Nobody could read the table, nor take anything from it.
    if (!hasFence(facts)) return []
    const guard = 'imds_host'
    const jumps = familiesOf(facts).flatMap(family => {
      const match = `${family === 'ipv4' ? 'ip' : 'ip6'} daddr ${metadata[family]} socket cgroupv2 level 1 "${tasksIn(facts)}"`
      return fenceRule(id, 'output', `imds_host_${family}`, match, `jump ${guard}`, table)
    })
    const resolver = ['imds_host_allowed_dns', 'meta l4proto { tcp, udp } th dport 53'] as const
    return [
      ...jumps,
      ...(facts.network?.metadataIsResolver === true
        ? fenceRule(id, guard, ...resolver, 'return', table)
        : noFenceRule(id, guard, resolver[0], table)),
      ...fenceRule(
        id,
        guard,
        'imds_host_asked',
        '',
        'update @imds_host_asked { socket cgroupv2 level 2 }',
        table,
      ),
      ...fenceDrop(id, mode, guard, 'imds_host_cut', '', table),
    ]
  },

  claims({ facts }) {
    const origins = [anyTask(facts), ...hostTasks(facts).map(task => originOf(task, facts))]
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

  notes({ facts, mode }) {
    const tasks = hostTasks(facts)
    const open = tasks.filter(task => task.cgroupParent === '')
    const known = tasks.filter(task => !open.includes(task))
    return [
      ...open.map(
        task =>
          `open: ${taskName(task)} in host network mode has no cgroup of its own (ECS_ENABLE_TASK_CPU_MEM_LIMIT=false), so nothing tells its packets from the host's`,
      ),
      ...(mode === 'observe' && known.length > 0
        ? [`would be cut if enforced: ${known.map(taskName).join(', ')}`]
        : []),
    ]
  },
}

/** A tree that could not be told is taken for that of every current system: a rule that does not load is told. */
const tasksIn = (facts: Facts): string => facts.cgroups?.tasks ?? slice

const hostTasks = (facts: Facts): readonly TaskFacts[] =>
  (facts.tasks ?? []).filter(({ mode }) => mode === 'host')

const anyTask = (facts: Facts): Origin => ({
  kind: 'host-task',
  task: null,
  cgroups: [tasksIn(facts), `${tasksIn(facts)}/any`],
})

function originOf(task: TaskFacts, facts: Facts): Origin {
  const name = taskName(task)
  // Wherever Docker puts it then, it is not where tasks are.
  if (task.cgroupParent === '') return { kind: 'host-task', task: name, cgroups: [] }
  const found = facts.cgroups?.inside.find(inside => isParent(inside, task.cgroupParent))
  return {
    kind: 'host-task',
    task: name,
    cgroups: found === undefined ? null : [tasksIn(facts), `${tasksIn(facts)}/${found}`],
  }
}

/** "ecstasks-<id>.slice" is that slice of systemd, or one inside it; "/ecs/<id>" a folder. */
const isParent = (inside: string, parent: string | null): boolean =>
  parent !== null &&
  (parent === inside ||
    parent.endsWith(`/${inside}`) ||
    (inside.endsWith('.slice') && parent.startsWith(`${inside.slice(0, -'.slice'.length)}-`)))
