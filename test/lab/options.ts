import type { Backend } from '../../src/model/facts.js'
import type { CgroupTree } from './cgroups.js'

/** A user-defined network's bridge is named by Docker after the network's id. */
export const userBridge = 'br-3f1c2a9d0e77'
export const customBridge = 'appnet0'

export const bridgeNames = ['docker0', userBridge, customBridge, 'ecs-bridge'] as const
export type BridgeName = (typeof bridgeNames)[number]

/** none: no engine at all. docker20: also 25. docker26: after a restart. docker29-nftables: `firewall-backend=nftables`. */
export const dockerLayouts = ['none', 'docker20', 'docker26', 'docker28', 'docker29-nftables'] as const
export type DockerLayout = (typeof dockerLayouts)[number]

export const extras = [
  /** The rules and the sysctl of ecs-init's pre-start. */
  'ecs-init',
  /** A native nft table that accepts by zone and rejects the rest. */
  'firewalld',
  /** INPUT and FORWARD that drop, with user chains and a limit. */
  'ufw',
  /** INPUT policy DROP as the CIS benchmark asks for. */
  'cis-input-drop',
  /** ens5 is a port of the bridge lanbr0, which has the host's address and a virtual machine on another port. */
  'bridged-uplink',
  /** ens6 with a neighbour of its own, without a default route. */
  'second-nic',
  'no-nft',
  /** No IPv4 default route, as on an IPv6-only host. */
  'no-default-route',
  /** resolv.conf names 169.254.169.254. */
  'metadata-resolver',
  /** net.bridge.bridge-nf-call-iptables=1. */
  'br-netfilter',
  /** The agent's container was made by hand, without --net=host. */
  'agent-on-bridge',
  /** Nobody listens on the agent's ports, as before its first start. */
  'no-agent',
  /** Somebody answers for 169.254.170.2 beyond the uplink, so that a packet which gets there is seen. */
  'credentials-elsewhere',
  /** Its answers come back through the host, also those to a neighbour on the router's own network. */
  'answers-through-host',
] as const
export type Extra = (typeof extras)[number]

export interface LabOptions {
  /** docker0, a user-defined and a custom-named bridge when left out. */
  readonly bridges?: readonly BridgeName[]
  readonly ipv6?: boolean
  /** What `iptables` is; nf_tables when left out. */
  readonly backend?: Backend
  readonly docker?: DockerLayout
  readonly extras?: readonly Extra[]
  /** A cgroup tree of the lab's own, as root. A picture of v2 before the first task when left out. */
  readonly cgroups?: CgroupTree
  /** /etc/os-release; Amazon Linux 2023 when left out. */
  readonly osRelease?: string
  /** The built program; dist/taskfence.js of the current folder when left out. */
  readonly cli?: string
}

export interface Layout {
  readonly bridges: readonly BridgeName[]
  readonly ipv6: boolean
  readonly backend: Backend
  readonly docker: DockerLayout
  has(extra: Extra): boolean
}

export const layoutOf = (options: LabOptions): Layout => ({
  bridges: options.bridges ?? ['docker0', userBridge, customBridge],
  ipv6: options.ipv6 ?? true,
  backend: options.backend ?? 'nf_tables',
  docker: options.docker ?? 'docker20',
  has: extra => options.extras?.includes(extra) ?? false,
})

export const amazonLinux = `NAME="Amazon Linux"
VERSION="2023"
ID="amzn"
ID_LIKE="fedora"
VERSION_ID="2023"
PLATFORM_ID="platform:al2023"
PRETTY_NAME="Amazon Linux 2023.9.20260810"
`

/** The directives of Amazon Linux's unit (packaging/amazon-linux-ami-integrated/ecs.service). */
export const ecsUnit = `[Unit]
Wants=docker.service
PartOf=docker.service
After=docker.service
After=cloud-final.service
[Service]
Type=simple
Restart=on-failure
RestartPreventExitStatus=5
RestartSec=10s
EnvironmentFile=-/etc/ecs/ecs.config
ExecStartPre=systemctl is-active docker
ExecStartPre=/usr/libexec/amazon-ecs-init pre-start
ExecStart=/usr/libexec/amazon-ecs-init start
ExecStop=/usr/libexec/amazon-ecs-init stop
ExecStopPost=/usr/libexec/amazon-ecs-init post-stop
[Install]
WantedBy=multi-user.target
`
