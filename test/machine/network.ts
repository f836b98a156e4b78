import { metadata, uplink } from '../lab/addresses.js'
import { mustExecute } from '../lab/execute.js'
import type { Base, Namespace } from '../lab/namespaces.js'
import { find } from '../lab/tools.js'

/** The bridge of the VPC, to which the machine's cable is plugged in at each boot. */
export const vpcBridge = 'vpcbr'

/** The interface that systemd-nspawn gives to a machine. */
export const machineUplink = 'host0'

/** The VPC: a switch that is the router too, with the metadata service behind it, and a neighbour on it. */
export async function connectVpc(base: Base, neighbour: Namespace): Promise<void> {
  const ip = (lines: readonly string[], namespace: Namespace = base) =>
    mustExecute(base.enterNetwork([find('ip'), '-batch', '-'], namespace), { input: `${lines.join('\n')}\n` })
  const set = (keys: readonly string[], value: number, namespace: Namespace = base) =>
    mustExecute(
      base.enterNetwork(
        [find('sh'), '-ec', keys.map(key => `echo ${value} > /proc/sys/net/${key}`).join('\n')],
        namespace,
      ),
    )
  await set(['ipv6/conf/all/accept_dad', 'ipv6/conf/default/accept_dad'], 0)
  await ip([
    'link set lo up',
    `link add ${vpcBridge} type bridge`,
    `address add ${uplink.router.ipv4}/24 dev ${vpcBridge}`,
    `address add ${uplink.router.ipv6}/64 dev ${vpcBridge} nodad`,
    `link set ${vpcBridge} up`,
    `link add port1 type veth peer name eth0 netns ${neighbour.pid}`,
    `link set port1 master ${vpcBridge} up`,
    `address add ${metadata.ipv4}/32 dev lo`,
    `address add ${metadata.ipv6}/128 dev lo nodad`,
    // Docker hides containers behind the machine's own address, for IPv6 not before 27, and not once its rules are flushed.
    ...['172.17.0.0/16', '172.18.0.0/16', '172.19.0.0/16'].map(
      network => `route add ${network} via ${uplink.host.ipv4}`,
    ),
    ...['fd17::/64', 'fd18::/64'].map(network => `route add ${network} via ${uplink.host.ipv6}`),
  ])
  await ip(
    [
      'link set lo up',
      `address add ${uplink.neighbour.ipv4}/24 dev eth0`,
      `address add ${uplink.neighbour.ipv6}/64 dev eth0 nodad`,
      'link set eth0 up',
      // What a machine on the same wire does to reach the agent's address and this one's loopback address.
      `route add 169.254.170.2/32 via ${uplink.host.ipv4}`,
      'address del 127.0.0.1/8 dev lo',
      `route add 127.0.0.1/32 via ${uplink.host.ipv4} src ${uplink.neighbour.ipv4}`,
    ],
    neighbour,
  )
  await set(['ipv4/conf/all/route_localnet'], 1, neighbour)
  await set(['ipv4/conf/all/rp_filter', 'ipv4/conf/eth0/rp_filter'], 0, neighbour)
}

/** Read before systemd's own 80-container-host0.network. */
export const networkFiles: Readonly<Record<string, string>> = {
  '/etc/systemd/network/10-uplink.network': `[Match]
Name=${machineUplink}
[Network]
Address=${uplink.host.ipv4}/24
Address=${uplink.host.ipv6}/64
Gateway=${uplink.router.ipv4}
Gateway=${uplink.router.ipv6}
IPv6AcceptRA=no
`,
  '/etc/hostname': 'machine\n',
}
