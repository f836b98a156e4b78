import { linux } from './linux.js'
import { current, isRelease, withoutKinds } from './releases.js'

/** Neither nftables nor iptables comes with a service of its own: firewalld is the way there. */
export const suse = linux({
  names: ['suse', 'sles', 'opensuse-leap', 'opensuse-tumbleweed'],
  title: 'SUSE Linux Enterprise and openSUSE',
  sources: ['https://documentation.suse.com/', 'rpm -ql nftables iptables'],
  nftablesFile: null,
  nftFrom: 'zypper install nftables',
  release: versionId =>
    isRelease(versionId, '15') ? { backend: 'legacy', expressions: withoutKinds } : current,
  restores: [],
})
