import type { IpFamily } from '../model/facts.js'
import type { Policy } from '../model/policy.js'
import { contains } from '../netfilter/cidr.js'

export const allowedBridges = (policy: Policy): readonly string[] =>
  policy.imdsAllow.flatMap(entry => ('bridge' in entry ? [entry.bridge] : []))

export const allowedNetworks = (policy: Policy, family: IpFamily): readonly string[] =>
  policy.imdsAllow.flatMap(entry =>
    'cidr' in entry && entry.cidr.includes(':') === (family === 'ipv6') ? [entry.cidr] : [],
  )

export const isAllowed = (policy: Policy, bridge: string, from: string): boolean =>
  policy.imdsAllow.some(entry => ('bridge' in entry ? entry.bridge === bridge : contains(entry.cidr, from)))

export const notesOnAllowances = (policy: Policy): readonly string[] =>
  policy.imdsAllow.map(
    entry =>
      `allowed by policy to reach the metadata service: ${'bridge' in entry ? `bridge ${entry.bridge}` : entry.cidr} (${entry.reason})`,
  )
