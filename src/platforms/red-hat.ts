import { linux } from './linux.js'
import { iptablesServices } from './restores.js'

/** Red Hat Enterprise Linux 8 to 10 and what is built from it. On 9 and 10 iptables-services is iptables-nft-services. */
export const redHat = linux({
  names: ['rhel', 'rocky', 'almalinux', 'centos'],
  title: 'Red Hat Enterprise Linux and its rebuilds',
  sources: [
    'https://docs.redhat.com/ (Configuring firewalls and packet filters)',
    'rpm -ql nftables iptables-nft-services',
  ],
  nftablesFile: '/etc/sysconfig/nftables.conf',
  restores: iptablesServices,
})
