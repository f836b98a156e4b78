import { linux } from './linux.js'
import { current } from './releases.js'
import { iptablesServices } from './restores.js'

export const fedora = linux({
  names: ['fedora'],
  title: 'Fedora',
  sources: ['https://docs.fedoraproject.org/', 'rpm -ql nftables iptables-services'],
  nftablesFile: '/etc/sysconfig/nftables.conf',
  nftFrom: 'dnf install nftables',
  release: () => current,
  restores: iptablesServices,
})
