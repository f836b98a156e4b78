import type { IpFamily } from '../../src/model/facts.js'
import { subnetOf } from './addresses.js'
import type { BridgeName, DockerLayout } from './options.js'
import type { StandInEngine } from './stand-ins.js'

/** Rules for `iptables-restore` of each family, and for `nft -f`. */
export interface Rules {
  readonly ipv4?: string
  readonly ipv6?: string
  readonly nft?: string
}

/** What the engines lay out for networks on these bridges, each with one container that publishes nothing. */
export function dockerRules(layout: DockerLayout, bridges: readonly BridgeName[], ipv6: boolean): Rules {
  const networks = bridges.filter(name => name !== 'ecs-bridge')
  if (layout === 'none') return {}
  if (layout === 'docker29-nftables')
    return { nft: nativeTables(networks, ipv6 ? ['ipv4', 'ipv6'] : ['ipv4']) }
  const filter = { docker20: filterOf20, docker26: filterOf26, docker28: filterOf28 }[layout]
  const v4 = `${natOf(networks, 'ipv4')}\n${layout === 'docker28' ? rawOf28(networks, 'ipv4') : ''}${filter(networks)}\n`
  // Before 27 nothing is written for IPv6 unless ip6tables is asked for.
  if (layout !== 'docker28') return { ipv4: v4 }
  return { ipv4: v4, ipv6: `${natOf(networks, 'ipv6')}\n${rawOf28(networks, 'ipv6')}${filter(networks)}\n` }
}

const natOf = (bridges: readonly BridgeName[], family: IpFamily): string =>
  [
    '*nat',
    ':DOCKER - [0:0]',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    `-A OUTPUT ! -d ${family === 'ipv4' ? '127.0.0.0/8' : '::1/128'} -m addrtype --dst-type LOCAL -j DOCKER`,
    ...bridges.map(name => `-A POSTROUTING -s ${subnetOf(name).network[family]} ! -o ${name} -j MASQUERADE`),
    ...bridges.map(name => `-A DOCKER -i ${name} -j RETURN`),
    'COMMIT',
  ].join('\n')

const filterOf20 = (bridges: readonly BridgeName[]): string =>
  olderFilter(bridges, ['DOCKER-USER', 'DOCKER-ISOLATION-STAGE-1'])

/** A restart with live containers leaves the isolation jump first, for good. */
const filterOf26 = (bridges: readonly BridgeName[]): string =>
  olderFilter(bridges, ['DOCKER-ISOLATION-STAGE-1', 'DOCKER-USER'])

const olderFilter = (bridges: readonly BridgeName[], first: readonly string[]): string =>
  [
    '*filter',
    ':FORWARD DROP [0:0]',
    ...['DOCKER', 'DOCKER-ISOLATION-STAGE-1', 'DOCKER-ISOLATION-STAGE-2', 'DOCKER-USER'].map(
      name => `:${name} - [0:0]`,
    ),
    ...first.map(chain => `-A FORWARD -j ${chain}`),
    ...bridges.flatMap(name => [
      `-A FORWARD -o ${name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      `-A FORWARD -o ${name} -j DOCKER`,
      `-A FORWARD -i ${name} ! -o ${name} -j ACCEPT`,
      `-A FORWARD -i ${name} -o ${name} -j ACCEPT`,
    ]),
    ...isolation(bridges),
    '-A DOCKER-ISOLATION-STAGE-1 -j RETURN',
    '-A DOCKER-ISOLATION-STAGE-2 -j RETURN',
    '-A DOCKER-USER -j RETURN',
    'COMMIT',
  ].join('\n')

const isolation = (bridges: readonly BridgeName[]): readonly string[] => [
  ...bridges.map(name => `-A DOCKER-ISOLATION-STAGE-1 -i ${name} ! -o ${name} -j DOCKER-ISOLATION-STAGE-2`),
  ...bridges.map(name => `-A DOCKER-ISOLATION-STAGE-2 -o ${name} -j DROP`),
]

const filterOf28 = (bridges: readonly BridgeName[]): string =>
  [
    '*filter',
    ':FORWARD DROP [0:0]',
    ...['', '-USER', '-FORWARD', '-CT', '-BRIDGE', '-ISOLATION-STAGE-1', '-ISOLATION-STAGE-2'].map(
      name => `:DOCKER${name} - [0:0]`,
    ),
    '-A FORWARD -j DOCKER-USER',
    '-A FORWARD -j DOCKER-FORWARD',
    ...['CT', 'ISOLATION-STAGE-1', 'BRIDGE'].map(name => `-A DOCKER-FORWARD -j DOCKER-${name}`),
    ...bridges.flatMap(name => [
      `-A DOCKER-FORWARD -i ${name} -j ACCEPT`,
      `-A DOCKER-CT -o ${name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      `-A DOCKER-BRIDGE -o ${name} -j DOCKER`,
      `-A DOCKER ! -i ${name} -o ${name} -j DROP`,
    ]),
    ...isolation(bridges),
    'COMMIT',
  ].join('\n')

/** Nobody but the bridge and the host speaks to a container's own address. */
const rawOf28 = (bridges: readonly BridgeName[], family: IpFamily): string =>
  [
    '*raw',
    ...bridges.map(name => `-A PREROUTING -d ${subnetOf(name).task[family]} ! -i ${name} -j DROP`),
    'COMMIT',
    '',
  ].join('\n')

function nativeTables(bridges: readonly BridgeName[], families: readonly IpFamily[]): string {
  const map = (name: string, chain: string) =>
    `map ${name} { type ifname : verdict; elements = { ${bridges.map(bridge => `"${bridge}" : jump ${chain}__${bridge}`).join(', ')} } }`
  return families
    .map(family => {
      const ip = family === 'ipv4' ? 'ip' : 'ip6'
      const loopback = family === 'ipv4' ? '127.0.0.0/8' : '::1'
      return [
        `table ${ip} docker-bridges {`,
        'chain nat-prerouting-and-output { }',
        ...bridges.flatMap(name => [
          `chain filter-forward-in__${name} { ct state established,related counter accept; iifname "${name}" counter accept comment "ICC"; counter drop comment "UNPUBLISHED PORT DROP"; }`,
          `chain filter-forward-out__${name} { ct state established,related counter accept; counter accept comment "OUTGOING"; }`,
          `chain nat-postrouting-in__${name} { }`,
          `chain nat-postrouting-out__${name} { oifname != "${name}" ${ip} saddr ${subnetOf(name).network[family]} counter masquerade comment "MASQUERADE"; }`,
        ]),
        map('filter-forward-in-jumps', 'filter-forward-in'),
        map('filter-forward-out-jumps', 'filter-forward-out'),
        map('nat-postrouting-in-jumps', 'nat-postrouting-in'),
        map('nat-postrouting-out-jumps', 'nat-postrouting-out'),
        'chain filter-FORWARD { type filter hook forward priority filter; policy accept; oifname vmap @filter-forward-in-jumps; iifname vmap @filter-forward-out-jumps; }',
        `chain nat-OUTPUT { type nat hook output priority -100; policy accept; ${ip} daddr != ${loopback} fib daddr type local counter jump nat-prerouting-and-output; }`,
        'chain nat-POSTROUTING { type nat hook postrouting priority srcnat; policy accept; iifname vmap @nat-postrouting-out-jumps; oifname vmap @nat-postrouting-in-jumps; }',
        'chain nat-PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local counter jump nat-prerouting-and-output; }',
        'chain raw-PREROUTING { type filter hook prerouting priority raw; policy accept;',
        ...bridges.map(
          name =>
            `${ip} daddr ${subnetOf(name).task[family]} iifname != "${name}" counter drop comment "DROP DIRECT ACCESS"`,
        ),
        '}',
        '}',
      ].join('\n')
    })
    .join('\n')
    .replaceAll('{ ', '{\n')
    .replaceAll('; }', '\n}')
    .replaceAll('; ', ';\n')
}

/** What each engine says of itself. */
export const engineOf = (layout: DockerLayout): StandInEngine | null =>
  ({
    none: null,
    docker20: { version: '20.10.24', backend: null },
    docker26: { version: '26.1.5', backend: null },
    docker28: { version: '28.5.2', backend: 'iptables' },
    'docker29-nftables': { version: '29.0.1', backend: 'nftables' },
  })[layout]
