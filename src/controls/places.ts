import type { Facts, Interface, IpFamily, NetworkFacts } from '../model/facts.js'
import { ipFamilies } from '../model/facts.js'
import type { Origin } from '../model/claim.js'

type Container = Extract<Origin, { readonly kind: 'container' }>
type Neighbour = Extract<Origin, { readonly kind: 'neighbour' }>

/** Families this kernel speaks; both where that is not told, so that nothing stays open. */
export const familiesOf = (facts: Facts): readonly IpFamily[] =>
  facts.kernel?.ipv6 === false ? ['ipv4'] : ipFamilies

/** Families for literal rules: those with an iptables program. */
export const iptablesFamilies = (facts: Facts): readonly IpFamily[] =>
  familiesOf(facts).filter(family => facts.iptables?.families.includes(family) ?? family === 'ipv4')

/** Docker's own, one with a name of Docker's making, and the agent's for awsvpc tasks (ecs-bridge). */
const hypothetical: readonly Container[] = ['docker0', 'br-0123456789ab', 'ecs-bridge'].map(bridge => ({
  kind: 'container',
  bridge,
  hypothetical: true,
}))

/** Where tasks' packets come in: the bridges there are, or, with none, those there will be. */
export function containerOrigins(facts: Facts): readonly Container[] {
  const bridges = containerBridges(facts.network)
  if (bridges.length === 0) return hypothetical
  return bridges.map(link => ({ kind: 'container', bridge: link.name, hypothetical: false }))
}

/** The bridge of Docker's default network. */
export const dockerBridge = (facts: Facts): string => facts.docker?.defaultBridge ?? 'docker0'

/** Every bridge but one that the host's own traffic leaves by: that one leads to neighbours. */
export const containerBridges = (network: NetworkFacts | null): readonly Interface[] =>
  (network?.interfaces ?? []).filter(link => link.kind === 'bridge' && !isUplink(link, network))

/** Where other hosts' packets come in. With no such interface yet, a hypothetical eth0. */
export function neighbourOrigins(facts: Facts): readonly Neighbour[] {
  const links = (facts.network?.interfaces ?? []).filter(
    link =>
      link.up &&
      link.kind !== 'loopback' &&
      link.master === null &&
      (link.kind !== 'bridge' || isUplink(link, facts.network)),
  )
  const names = links.length === 0 ? ['eth0'] : links.map(link => link.name)
  return names.map(name => ({ kind: 'neighbour', interface: name }))
}

const isUplink = (link: Interface, network: NetworkFacts | null): boolean =>
  network !== null && ipFamilies.some(family => network.defaultRoutes[family].includes(link.name))
