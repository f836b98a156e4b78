import { linux } from './linux.js'
import { current } from './releases.js'
import { netfilterPersistent } from './restores.js'

/** Debian 11 to 13. */
export const debian = linux({
  names: ['debian'],
  title: 'Debian',
  sources: ['https://www.debian.org/doc/', 'dpkg -L nftables netfilter-persistent iptables-persistent'],
  nftablesFile: '/etc/nftables.conf',
  nftFrom: 'apt-get install nftables',
  release: () => current,
  restores: netfilterPersistent,
})
