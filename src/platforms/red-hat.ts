import { linux } from './linux.js'
import { current, isRelease, withoutKinds } from './releases.js'
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
  nftFrom: 'dnf install nftables',
  release: versionId => (isRelease(versionId, '8') ? { ...current, expressions: withoutKinds } : current),
  restores: iptablesServices,
})
