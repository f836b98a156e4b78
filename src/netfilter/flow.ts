import type { IpFamily } from '../model/facts.js'
import type { Packet } from './packet.js'
import type { Hook } from './ruleset.js'

/** A packet on its way, as the rules at one hook see it. undefined: a rule that cannot be read may have changed it. */
export interface Flow {
  readonly hook: Hook
  readonly family: IpFamily
  readonly source: string | undefined
  readonly destination: string | undefined
  readonly port: number | undefined
  /** null: none at this hook. */
  readonly iif: string | null
  readonly iifKind: string | null | undefined
  readonly oif: string | null | undefined
  /** Of the sender; the same at every hook. undefined: not known. */
  readonly cgroups: readonly string[] | undefined
  /** The same of its net_cls. */
  readonly class: number | undefined
  readonly mark: number | undefined
  /** none: connection tracking has not seen it yet. */
  readonly connection: 'none' | 'tracked' | 'untracked' | 'invalid'
  /** What connection tracking will make of it. */
  readonly isValid: boolean
  readonly state: 'NEW' | 'ESTABLISHED'
  readonly dnat: boolean | undefined
  readonly snat: boolean | undefined
  /** NAT decides once a connection about its destination, and once about its source. */
  readonly settled: { readonly destination: boolean; readonly source: boolean }
  /** Redirected to the host itself, at whatever address that is. */
  readonly forSelf?: boolean
  /** The rule that gave it another destination. */
  readonly redirectedBy?: string
}

export const firstFlow = (packet: Packet, hook: Hook, oif: string | null | undefined): Flow => ({
  hook,
  family: packet.family,
  source: packet.source,
  destination: packet.destination,
  port: packet.destinationPort,
  iif: packet.iif,
  iifKind: packet.iif === null ? null : packet.iifKind,
  oif,
  cgroups: packet.cgroups,
  class: packet.class,
  mark: 0,
  connection: 'none',
  isValid: packet.state !== 'one-way',
  state: packet.state === 'new' ? 'NEW' : 'ESTABLISHED',
  dnat: false,
  // Whether a later packet's connection has another source was decided long ago.
  snat: packet.state === 'new' ? false : undefined,
  settled: { destination: false, source: false },
})

/** After a rule that may have done anything. */
export const blurred = (flow: Flow): Flow => ({
  ...flow,
  source: undefined,
  destination: undefined,
  port: undefined,
  mark: undefined,
  forSelf: false,
  dnat: flow.connection === 'tracked' ? undefined : flow.dnat,
  snat: flow.connection === 'tracked' ? undefined : flow.snat,
})

/** The same for two flows that every rule from here on treats alike. */
export const flowKey = (flow: Flow): string =>
  [
    flow.source,
    flow.destination,
    flow.port,
    flow.oif,
    flow.mark,
    flow.connection,
    flow.dnat,
    flow.snat,
    flow.settled.destination,
    flow.settled.source,
    flow.forSelf === true,
  ].join(' ')

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
