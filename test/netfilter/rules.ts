import type { IpFamily, Table } from '../../src/model/facts.js'
import type { Packet, Surroundings } from '../../src/netfilter/packet.js'
import { iptablesBaseChains, parseIptables } from '../../src/netfilter/parse-iptables.js'
import type { BaseChain, Ruleset } from '../../src/netfilter/ruleset.js'

const builtIn: Readonly<Record<Table, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** A table from its lines; built-in chains that the lines do not name accept. */
export function table(name: Table, lines: string, family: IpFamily = 'ipv4') {
  const text = lines
    .split('\n')
    .map(line => line.trim())
    .join('\n')
  const missing = builtIn[name].filter(chain => !text.includes(`-P ${chain} `))
  return parseIptables([...missing.map(chain => `-P ${chain} ACCEPT`), text].join('\n'), family, name)
}

export const chainsOf = (name: Table, lines: string, family: IpFamily = 'ipv4'): readonly BaseChain[] =>
  iptablesBaseChains(table(name, lines, family), false)

export const ruleset = (...chains: readonly (readonly BaseChain[])[]): Ruleset => ({
  chains: chains.flat(),
  unread: [],
})

/** A container's request on docker0, 172.17.0.2, for the metadata service. */
export const request: Packet = {
  family: 'ipv4',
  protocol: 'tcp',
  source: '172.17.0.2',
  destination: '169.254.169.254',
  destinationPort: 80,
  iif: 'docker0',
  iifKind: 'bridge',
  state: 'new',
}

const local = ['10.0.0.10', '172.17.0.1', 'fd00::10']

/** A host with eth0 (10.0.0.10, the default route) and docker0 (172.17.0.1/16). */
export const host: Surroundings = {
  isLocal: address => local.includes(address),
  routeTo: address => (address.startsWith('172.17.') ? 'docker0' : 'eth0'),
  routeLocalnet: () => true,
  forwards: () => true,
}
