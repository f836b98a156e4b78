import { linux } from './linux.js'
import { current, isRelease, withoutKinds } from './releases.js'
import { iptablesServices } from './restores.js'

/** Amazon Linux 2023 and 2. The ECS-optimized images install neither iptables-services nor nftables. */
export const amazonLinux = linux({
  names: ['amzn'],
  title: 'Amazon Linux',
  sources: ['https://docs.aws.amazon.com/linux/', 'github.com/aws/amazon-ecs-ami'],
  nftablesFile: '/etc/sysconfig/nftables.conf',
  nftFrom: 'dnf install nftables',
  release: versionId =>
    isRelease(versionId, '2') ? { backend: 'legacy', expressions: withoutKinds } : current,
  restores: iptablesServices,
})
