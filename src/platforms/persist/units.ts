/** Where what we write stands on a host. */
export const paths = {
  sysctl: '/etc/sysctl.d/99-taskfence.conf',
  modules: '/etc/modules-load.d/taskfence.conf',
  fence: '/etc/taskfence/fence.nft',
  host: '/etc/taskfence/host.nft',
} as const

const nft = `/usr/sbin/nft -f ${paths.fence}`
/** The brackets match the file alone, and that it is missing is no error then. */
const nftHostIfThere = `/usr/sbin/nft 'include "${paths.host.replace(/t$/, '[t]')}"'`
const nftHost = `/usr/sbin/nft -f ${paths.host}`

const sandbox = `CapabilityBoundingSet=CAP_NET_ADMIN
IPAddressDeny=any
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateMounts=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictAddressFamilies=AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @debug @module @mount @obsolete @privileged @raw-io @reboot @resources @swap
UMask=0077
`

/**
 * Loads the fence before anything can send a packet. Only /usr and /etc need to be there. It has no ExecStop: stopping
 * it opens nothing. An older systemd passes over directives that it does not know; system calls are denied and
 * not allowed by name, because the one of Amazon Linux 2 (219) knows no groups of them and would allow none.
 */
export const fenceUnit = `[Unit]
Description=Fence around ECS tasks (nftables table inet taskfence)
DefaultDependencies=no
RequiresMountsFor=/etc/taskfence /usr/sbin
# nftables.service flushes everything when it starts.
After=nftables.service
Wants=network-pre.target
Before=network-pre.target docker.service ecs.service amazon-ecs.service
# However often it is asked for: a limit would refuse the fence once it can be loaded, and Docker with it.
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${nft}
ExecReload=${nft}
TimeoutStartSec=30
${sandbox}
[Install]
WantedBy=sysinit.target
`

/**
 * Loads the fence of tasks in host network mode. Its rules hold the number of a cgroup, so the slice is made first, and
 * each time that the slice is made anew this is started with it. Where tasks are no slice, there is no cgroup v2 alone.
 */
export const hostUnit = `[Unit]
Description=Fence around ECS tasks in host network mode (nftables table inet taskfence_host)
ConditionPathExists=/sys/fs/cgroup/cgroup.controllers
RequiresMountsFor=/etc/taskfence /usr/sbin
Requires=ecstasks.slice
PartOf=ecstasks.slice
After=ecstasks.slice nftables.service taskfence-fence.service
Before=taskfence.service docker.service ecs.service amazon-ecs.service
# However often the slice is made anew.
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${nftHost}
ExecReload=${nftHost}
TimeoutStartSec=30
${sandbox}
[Install]
WantedBy=multi-user.target ecstasks.slice
`

/**
 * The daemon, before Docker and the agent: Docker keeps a DOCKER-USER that it finds, and tasks wait for the end of one
 * look, whatever it found. A look that does not end is ended by the watchdog. What the sandbox leaves open, it needs:
 * /proc/sys for route_localnet, /run for the lock of iptables, /etc for the durable twins, its state for what stood
 * before, the folders of Prometheus' node exporter, writable and executable memory for Node, a network namespace in
 * which nft is asked how it spells a rule, and CAP_SYS_PTRACE for the namespaces of awsvpc tasks: the kernel opens them
 * only to who could trace their process. A settings file that is not root's it may not be able to edit, and says so.
 */
export const mainUnit = (program: string): string => `[Unit]
Description=Task credentials and the fence around ECS tasks
After=taskfence-fence.service nftables.service firewalld.service ufw.service
After=iptables.service ip6tables.service netfilter-persistent.service
Before=docker.service ecs.service amazon-ecs.service
# However often it is killed.
StartLimitIntervalSec=0

[Service]
Type=notify
# By systemd-notify(1).
NotifyAccess=all
ExecStart=${program} watch
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=1
# Trying again does not mend a usage, a system or a policy that is refused, nor that another daemon runs.
RestartPreventExitStatus=64 69 75 77 78
TimeoutStartSec=15
TimeoutStopSec=5
WatchdogSec=180
KillMode=mixed
LogsDirectory=taskfence
LogsDirectoryMode=0700
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_ADMIN CAP_SYS_PTRACE
IPAddressAllow=localhost
IPAddressDeny=any
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateMounts=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectSystem=strict
ReadWritePaths=/etc /run -/var/lib/node_exporter -/var/lib/prometheus/node-exporter
# The class that tells tasks in host network mode where there is cgroup v1 alone.
ReadWritePaths=-/sys/fs/cgroup/net_cls
StateDirectory=taskfence
StateDirectoryMode=0700
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=net
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @resources @swap
UMask=0077

[Install]
WantedBy=multi-user.target
`

/** In the unit of a service that flushes what it did not write: the fence is back before its job is done, when it stops too. */
export const reloadingDropIn = `# Made by taskfence: this service flushes the fence, and this puts it back.
[Service]
ExecStartPost=-${nft}
ExecStartPost=-${nftHostIfThere}
ExecReload=-${nft}
ExecReload=-${nftHostIfThere}
ExecStopPost=-${nft}
ExecStopPost=-${nftHostIfThere}
`

/** In the unit of Docker, where policy says so: no fence, no containers. */
export const requiringDropIn = `# Made by taskfence: persistence.failClosed in its policy.
[Unit]
Requires=taskfence-fence.service
After=taskfence-fence.service
`
