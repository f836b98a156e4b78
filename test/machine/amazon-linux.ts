import { amazonLinux } from '../lab/options.js'

/** Where iptables-services keeps the rules it restores, as an administrator left them: two of his own, and Docker's chain. */
export const rulesFile = '/etc/sysconfig/iptables'
export const rulesOfSite = `# Saved by the administrator of this site
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
*filter
:INPUT ACCEPT [12:3456]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
-A INPUT -p tcp -m tcp --dport 9999 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -s 192.0.2.0/24 -j DROP
COMMIT
`

/**
 * What a Debian lacks to look like Amazon Linux 2023 with iptables-services and nftables: os-release, folders and units,
 * with the commands and the order that those packages give them.
 */
export const amazonLinuxFiles: Readonly<Record<string, string>> = {
  '/usr/lib/os-release': amazonLinux,
  '/etc/sysconfig/nftables.conf': '# The site has no tables of its own.\n',
  '/usr/lib/systemd/system/nftables.service': unit(
    '/sbin/nft -f /etc/sysconfig/nftables.conf',
    '/sbin/nft flush ruleset',
  ),
  [rulesFile]: rulesOfSite,
  '/usr/lib/systemd/system/iptables.service': unit(
    '/usr/libexec/iptables/iptables.init start',
    '/usr/libexec/iptables/iptables.init stop',
  ),
  '/usr/libexec/iptables/iptables.init': `#!/bin/sh
set -e
case $1 in
start) exec iptables-restore ${rulesFile} ;;
stop)
  for table in filter nat mangle raw; do iptables -t $table -F; iptables -t $table -X; done
  for chain in INPUT FORWARD OUTPUT; do iptables -P $chain ACCEPT; done
  ;;
esac
`,
}

function unit(start: string, stop: string): string {
  return `[Unit]
Wants=network-pre.target
Before=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${start}
ExecStop=${stop}
[Install]
WantedBy=multi-user.target
`
}
