import type { Control } from '../../src/controls/control.js'
import type { Claim } from '../../src/model/claim.js'
import type { Desired } from '../../src/model/desired.js'
import type { IptablesRule } from '../../src/model/resource.js'

/** A control that wants and promises what the case says. */
export const controlOf = (id: string, given: Partial<Control> = {}): Control => ({
  id,
  title: `${id} stands`,
  why: 'a test',
  source: 'a test',
  byHand: [],
  limits: [],
  desire: () => [],
  claims: () => [],
  ...given,
})

export const key = (name: string, state: string | null = '1', reportOnly?: boolean): Desired => ({
  resource: { kind: 'sysctl', key: name },
  state,
  ...(reportOnly === undefined ? {} : { reportOnly }),
})

export const ruleOf = (tag: string, ...match: readonly string[]): IptablesRule => ({
  kind: 'iptables-rule',
  family: 'ipv4',
  table: 'filter',
  chain: 'INPUT',
  position: 'head',
  match,
  target: ['-j', 'DROP'],
  tag,
})

export const localnet = (name: string): Claim => ({ kind: 'localnet-routing', interface: name })
