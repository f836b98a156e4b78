import type { Host } from '../host/host.js'
import type { KernelFacts } from '../model/facts.js'
import type { Found } from './found.js'

export async function detectKernel(host: Host): Promise<Found<KernelFacts | null>> {
  const [release, inet6] = await Promise.all([
    host.files.read('/proc/sys/kernel/osrelease'),
    // Gone with ipv6.disable=1, and in kernels without it.
    host.files.read('/proc/net/if_inet6'),
  ])
  if (release === null) return { fact: null, unknown: '/proc/sys/kernel/osrelease is missing' }
  return { fact: { release: release.trim(), ipv6: inet6 !== null } }
}
