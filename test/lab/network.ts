import { credentials, metadata, second, subnetOf, uplink } from './addresses.js'
import { bridgeNames, type BridgeName, type Layout } from './options.js'

/** A namespace beside the host's: "docker0" and so on for the task on that bridge. */
export type Place = BridgeName | 'router' | 'neighbour' | 'second-neighbour' | 'machine'

export const placesOf = (layout: Layout): readonly Place[] => [
  'router',
  'neighbour',
  ...layout.bridges,
  ...(layout.has('second-nic') ? (['second-neighbour'] as const) : []),
  ...(layout.has('bridged-uplink') ? (['machine'] as const) : []),
]

export const uplinkOf = (layout: Layout): string => (layout.has('bridged-uplink') ? 'lanbr0' : 'ens5')

/** `ip -batch` lines for the host: every link, with its other end in the namespace of the process. */
export function hostLinks(layout: Layout, pidOf: (place: Place) => number): string {
  // The two ends must not have the same number: the kernel takes a second to see that such a cable is plugged in.
  let number = 100
  const nic = (name: string, place: Place, own: string, other: string) =>
    `link add ${name} index ${(number += 1)} address ${macOf(own)} type veth peer name eth0 address ${macOf(other)} netns ${pidOf(place)}`
  const lan = uplinkOf(layout)
  return [
    'link set lo up',
    nic('ens5', 'router', lan === 'ens5' ? uplink.host.ipv4 : '10.0.0.2', '10.0.0.4'),
    // The neighbour's cable ends in the router's switch.
    nic('port1', 'neighbour', '10.0.0.6', uplink.neighbour.ipv4),
    `link set port1 netns ${pidOf('router')}`,
    ...(layout.has('bridged-uplink')
      ? [
          `link add ${lan} address ${macOf(uplink.host.ipv4)} type bridge`,
          `link set ens5 master ${lan} up`,
          nic('tap0', 'machine', '10.0.0.3', uplink.machine.ipv4),
          `link set tap0 master ${lan} up`,
        ]
      : []),
    ...address(layout, lan, { ...uplink.host, prefix: 24 }),
    ...known(layout, lan, uplink.router),
    ...known(layout, lan, uplink.neighbour),
    ...(layout.has('second-nic')
      ? [
          nic('ens6', 'second-neighbour', second.host.ipv4, second.neighbour.ipv4),
          ...address(layout, 'ens6', { ...second.host, prefix: 24 }),
        ]
      : []),
    ...layout.bridges.flatMap((bridge, index) => [
      `link add ${bridge} address ${macOf(subnetOf(bridge).bridge.ipv4)} type bridge`,
      nic(`veth${index}`, bridge, `169.254.0.${index + 1}`, subnetOf(bridge).task.ipv4),
      `link set veth${index} master ${bridge} up`,
      ...address(layout, bridge, { ...subnetOf(bridge).bridge, prefix: subnetOf(bridge).prefix }),
      ...known(layout, bridge, subnetOf(bridge).task),
    ]),
  ].join('\n')
}

/** Once the other ends are up. */
export const hostRoutes = (layout: Layout): string =>
  [
    ...(layout.has('no-default-route') ? [] : [`route add default via ${uplink.router.ipv4}`]),
    ...(layout.ipv6 ? [`route add default via ${uplink.router.ipv6}`] : []),
    '',
  ].join('\n')

/** `ip -batch` lines for a namespace beside the host's. */
export function placeLines(layout: Layout, place: Place): string {
  const up = 'link set lo up'
  if (place === 'router') return [up, ...routerLines(layout)].join('\n')
  if (place === 'neighbour')
    return [
      up,
      ...address(layout, 'eth0', { ...uplink.neighbour, prefix: 24 }),
      ...known(layout, 'eth0', uplink.host),
      ...attack(uplink.host.ipv4, uplink.neighbour.ipv4),
      `route add default via ${uplink.router.ipv4}`,
    ].join('\n')
  if (place === 'second-neighbour')
    return [
      up,
      ...address(layout, 'eth0', { ...second.neighbour, prefix: 24 }),
      ...attack(second.host.ipv4, second.neighbour.ipv4),
    ].join('\n')
  if (place === 'machine')
    return [
      up,
      ...address(layout, 'eth0', { ...uplink.machine, prefix: 24 }),
      ...attack(uplink.host.ipv4, uplink.machine.ipv4),
      `route add default via ${uplink.router.ipv4}`,
    ].join('\n')
  const { task, bridge, prefix } = subnetOf(place)
  return [
    up,
    ...address(layout, 'eth0', { ...task, prefix }),
    ...known(layout, 'eth0', bridge),
    `route add default via ${bridge.ipv4}`,
    ...(layout.ipv6 ? [`route add default via ${bridge.ipv6}`] : []),
  ].join('\n')
}

/** The VPC's router is a switch too, and the metadata service is behind it. */
const routerLines = (layout: Layout): readonly string[] => [
  `link add lan0 address ${macOf(uplink.router.ipv4)} type bridge`,
  'link set eth0 master lan0 up',
  'link set port1 master lan0 up',
  ...address(layout, 'lan0', { ...uplink.router, prefix: 24 }),
  ...known(layout, 'lan0', uplink.host),
  `address add ${metadata.ipv4}/32 dev lo`,
  ...(layout.ipv6 ? [`address add ${metadata.ipv6}/128 dev lo nodad`] : []),
  ...(layout.has('credentials-elsewhere') ? [`address add ${credentials}/32 dev lo`] : []),
  ...(layout.has('answers-through-host')
    ? [`route add default via ${uplink.host.ipv4} table 100`, `rule add from ${credentials} lookup 100`]
    : []),
  ...['172.16.0.0/12', '169.254.172.0/22', '10.1.0.0/24'].map(
    network => `route add ${network} via ${uplink.host.ipv4}`,
  ),
  ...(layout.ipv6
    ? bridgeNames.map(name => `route add ${subnetOf(name).network.ipv6} via ${uplink.host.ipv6}`)
    : []),
]

/** What a machine on the same wire does to reach the agent's address and the host's loopback address. */
const attack = (host: string, own: string): readonly string[] => [
  `route add ${credentials}/32 via ${host}`,
  // An answer from an address of its own would be a martian to the attacker.
  'address del 127.0.0.1/8 dev lo',
  `route add 127.0.0.1/32 via ${host} src ${own}`,
]

function address(
  layout: Layout,
  device: string,
  { ipv4, ipv6, prefix }: { readonly ipv4: string; readonly ipv6: string; readonly prefix: number },
): readonly string[] {
  return [
    `address add ${ipv4}/${prefix} dev ${device}`,
    ...(layout.ipv6 ? [`address add ${ipv6}/64 dev ${device} nodad`] : []),
    `link set ${device} up`,
  ]
}

/** A new interface hears neighbour solicitations only after a while, and the first IPv6 packet would wait a second. */
const known = (
  layout: Layout,
  device: string,
  other: { readonly ipv4: string; readonly ipv6: string },
): readonly string[] =>
  layout.ipv6 ? [`neigh replace ${other.ipv6} lladdr ${macOf(other.ipv4)} dev ${device} nud permanent`] : []

/** As Docker makes them from the address. */
const macOf = (ipv4: string): string =>
  ['02', '42', ...ipv4.split('.').map(part => Number(part).toString(16).padStart(2, '0'))].join(':')

/** Files of /proc/sys and what is written to them before any link exists. */
export const hostSysctls = (layout: Layout): Readonly<Record<string, string>> => ({
  'net/ipv4/ip_forward': '1',
  'net/ipv4/conf/all/rp_filter': '0',
  'net/ipv4/conf/default/rp_filter': '0',
  // Else the host would send neighbours straight to the router.
  'net/ipv4/conf/all/send_redirects': '0',
  'net/ipv4/conf/default/send_redirects': '0',
  'net/ipv4/conf/all/route_localnet': layout.has('ecs-init') ? '1' : '0',
  'net/ipv4/conf/default/route_localnet': '0',
  'net/bridge/bridge-nf-call-iptables': layout.has('br-netfilter') ? '1' : '0',
  'net/bridge/bridge-nf-call-ip6tables': layout.has('br-netfilter') ? '1' : '0',
  ...(layout.ipv6
    ? { 'net/ipv6/conf/all/forwarding': '1' }
    : { 'net/ipv6/conf/all/disable_ipv6': '1', 'net/ipv6/conf/default/disable_ipv6': '1' }),
})

/** What the attackers' own kernels must allow. */
export const placeSysctls = (place: Place): Readonly<Record<string, string>> =>
  ['neighbour', 'second-neighbour', 'machine'].includes(place)
    ? {
        'net/ipv4/conf/all/route_localnet': '1',
        'net/ipv4/conf/all/rp_filter': '0',
        'net/ipv4/conf/default/rp_filter': '0',
      }
    : {}
