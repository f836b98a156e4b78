import type { TaskFacts } from '../model/agent-facts.js'
import type { Origin } from '../model/claim.js'
import type { Facts } from '../model/facts.js'
import { classNumber } from '../netfilter/cgroup-class.js'
import { hasFence } from './fence.js'

export const slice = 'ecstasks.slice'

/** What all tasks are in. A tree that could not be told is taken for that of every current system: a rule that does not load is told. */
export const tasksIn = (facts: Facts): string => facts.cgroups?.tasks ?? slice

export const hostTasks = (facts: Facts): readonly TaskFacts[] =>
  (facts.tasks ?? []).filter(({ mode }) => mode === 'host')

/** Wherever Docker puts it then, it is not where tasks are. */
export const isWithoutCgroup = ({ cgroupParent }: TaskFacts): boolean => cgroupParent === ''

/** What this host lacks for telling a task's packets from its own; undefined: nothing, as far as was told. */
export function obstacleTo(facts: Facts): string | undefined {
  if (!hasFence(facts)) return 'nftables is not usable here'
  const { cgroups } = facts
  if (cgroups?.because === undefined) return undefined
  return cgroups.tree === 'v1' && cgroups.tasks === null
    ? `this host has cgroups of version 1 alone, and ${cgroups.because}`
    : `nft cannot ask for the cgroup of a sender: ${cgroups.because}`
}

/** nft knows no cgroup of version 1, but the class that net_cls gives it. */
export const isByClass = ({ cgroups }: Facts): boolean => cgroups?.tree === 'v1'

/** What tells the packets of tasks from those of the host. */
export const sentByTasks = (facts: Facts): string =>
  isByClass(facts) ? `meta cgroup ${classNumber}` : `socket cgroupv2 level 1 "${tasksIn(facts)}"`

/** By what a rule can tell such a task; null: any that is to come. */
export function senderOfTask(task: TaskFacts | null, facts: Facts): Pick<HostTask, 'cgroups' | 'class'> {
  const own = task === null ? undefined : cgroupOf(task, facts)
  if (isByClass(facts)) {
    const found = facts.cgroups?.classes?.[task === null ? tasksIn(facts) : (own ?? '')]
    const none = task !== null && isWithoutCgroup(task) ? 0 : undefined
    const known = found ?? none
    return { cgroups: null, ...(known === undefined ? {} : { class: known }) }
  }
  if (task === null) return { cgroups: [tasksIn(facts), `${tasksIn(facts)}/any`] }
  if (isWithoutCgroup(task)) return { cgroups: [] }
  return { cgroups: own === undefined ? null : [tasksIn(facts), own] }
}

type HostTask = Extract<Origin, { readonly kind: 'host-task' }>

/** The task's cgroup as nft names it; undefined: not told, not where tasks are, or with a name that no rule can hold. */
export function cgroupOf({ cgroupParent }: TaskFacts, facts: Facts): string | undefined {
  const inside = facts.cgroups?.inside.find(name => isParent(name, cgroupParent))
  return inside === undefined || !/^[\w.:-]+$/.test(inside) ? undefined : `${tasksIn(facts)}/${inside}`
}

/** "ecstasks-<id>.slice" is that slice of systemd, or one inside it; "/ecs/<id>" a folder. */
const isParent = (inside: string, parent: string | null): boolean =>
  parent !== null &&
  (parent === inside ||
    parent.endsWith(`/${inside}`) ||
    (inside.endsWith('.slice') && parent.startsWith(`${inside.slice(0, -'.slice'.length)}-`)))

/** What it sent to the metadata service in the last day, as the fence counted it. */
export function packetsOf(task: TaskFacts, facts: Facts): number {
  const own = cgroupOf(task, facts)
  return sum(facts, cgroup => cgroup === own)
}

/** nft has only the number of a cgroup that is gone. */
export const packetsOfEnded = (facts: Facts): number => sum(facts, cgroup => /^\d+$/.test(cgroup))

const sum = ({ rules }: Facts, isMeant: (cgroup: string) => boolean): number =>
  (rules?.askedByHostTasks ?? []).reduce(
    (total, { cgroup, packets }) => (isMeant(cgroup) ? total + packets : total),
    0,
  )
