import { linux } from './linux.js'
import { current, isRelease, withoutKinds } from './releases.js'
import { netfilterPersistent } from './restores.js'

/** Ubuntu 20.04 to 26.04. */
export const ubuntu = linux({
  names: ['ubuntu'],
  title: 'Ubuntu',
  sources: ['https://documentation.ubuntu.com/', 'dpkg -L nftables netfilter-persistent iptables-persistent'],
  nftablesFile: '/etc/nftables.conf',
  nftFrom: 'apt-get install nftables',
  release: versionId =>
    isRelease(versionId, '20.04') ? { backend: 'legacy', expressions: withoutKinds } : current,
  restores: netfilterPersistent,
})
