import { taskName, type TaskFacts } from '../model/agent-facts.js'
import { ipFamilies, type ContainerFacts, type Facts, type IpFamily } from '../model/facts.js'
import type { ImdsAllowance, Policy } from '../model/policy.js'
import { contains, parseNetwork } from '../netfilter/cidr.js'
import { cgroupOf, isWithoutCgroup } from './host-tasks.js'

/** Who is allowed, and what runs now. */
export interface Allowing {
  readonly policy: Policy
  readonly facts: Facts
}

export const allowedBridges = (policy: Policy): readonly string[] =>
  policy.imdsAllow.flatMap(entry => ('bridge' in entry ? [entry.bridge] : []))

/** Those that the policy names, and the address of each running task of a family that it names: no wider than the task. */
export function allowedNetworks({ policy, facts }: Allowing, family: IpFamily): readonly string[] {
  const named = policy.imdsAllow.flatMap(entry => ('cidr' in entry ? [entry.cidr] : []))
  const own = allowedTasks({ policy, facts })
    .filter(({ mode }) => mode === 'bridge')
    .flatMap(({ addresses }) => addresses.flatMap(alone))
  return [...new Set([...named, ...own])].filter(cidr => cidr.includes(':') === (family === 'ipv6'))
}

const alone = (address: string): readonly string[] => {
  const network = address.includes('/') ? null : parseNetwork(address)
  return network === null ? [] : [`${address}/${network.family === 'ipv4' ? 32 : 128}`]
}

/** Running tasks of families that the policy names. */
export const allowedTasks = ({ policy, facts }: Allowing): readonly TaskFacts[] =>
  (facts.tasks ?? []).filter(task =>
    policy.imdsAllow.some(entry => 'family' in entry && entry.family === task.family),
  )

/** Running containers with an address on a bridge that nobody allowed anything. */
export function containersBut({ policy, facts }: Allowing): readonly ContainerFacts[] {
  const bridges = allowedBridges(policy)
  const allowed = [
    ...ipFamilies.flatMap(family => allowedNetworks({ policy, facts }, family)),
    ...(facts.network?.interfaces ?? [])
      .filter(({ name }) => bridges.includes(name))
      .flatMap(({ addresses }) => addresses.map(({ address, prefix }) => `${address}/${prefix}`)),
  ]
  return (facts.docker?.containers ?? []).filter(({ addresses }) =>
    addresses.some(address => !allowed.some(network => contains(network, address))),
  )
}

/** By what the policy itself names. */
export const isAllowed = (policy: Policy, bridge: string, from: string): boolean =>
  policy.imdsAllow.some(entry => {
    if ('family' in entry) return false
    return 'bridge' in entry ? entry.bridge === bridge : contains(entry.cidr, from)
  })

export const notesOnAllowances = ({ policy, facts }: Allowing): readonly string[] =>
  policy.imdsAllow.map(
    entry => `allowed by policy to reach the metadata service: ${whoIs(entry, facts)} (${entry.reason})`,
  )

function whoIs(entry: ImdsAllowance, facts: Facts): string {
  if ('bridge' in entry) return `bridge ${entry.bridge}`
  if ('cidr' in entry) return entry.cidr
  const tasks = (facts.tasks ?? []).filter(task => task.family === entry.family)
  const now =
    tasks.length === 0 ? 'none runs now' : `now ${tasks.map(task => placeOf(task, facts)).join(', ')}`
  return `tasks of the family ${entry.family}: ${now}; one that starts later is closed until the next look`
}

function placeOf(task: TaskFacts, facts: Facts): string {
  const name = taskName(task)
  if (task.mode === 'host')
    return cgroupOf(task, facts) === undefined && !isWithoutCgroup(task)
      ? `${name} in host network mode, whose cgroup was not told`
      : `${name} in host network mode`
  if (task.mode === 'awsvpc')
    return `${name} with a network interface of its own, which only the agent closes`
  return task.addresses.length === 0
    ? `${name}, whose address was not told`
    : `${name} at ${task.addresses.join(', ')}`
}
