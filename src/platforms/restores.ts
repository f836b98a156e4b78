import type { RestoreService } from './platform.js'

/** The package iptables-services of Red Hat's family: its units load a file each (`rpm -ql iptables-services`). */
export const iptablesServices: readonly RestoreService[] = [
  { unit: 'iptables.service', family: 'ipv4', path: '/etc/sysconfig/iptables' },
  { unit: 'ip6tables.service', family: 'ipv6', path: '/etc/sysconfig/ip6tables' },
]

/** netfilter-persistent of Debian and Ubuntu with the plugins of iptables-persistent (/usr/share/netfilter-persistent/plugins.d). */
export const netfilterPersistent: readonly RestoreService[] = [
  { unit: 'netfilter-persistent.service', family: 'ipv4', path: '/etc/iptables/rules.v4' },
  { unit: 'netfilter-persistent.service', family: 'ipv6', path: '/etc/iptables/rules.v6' },
]
