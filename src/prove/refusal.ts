import type { Look } from '../look/look.js'
import type { PacketClaim } from '../model/claim.js'
import type { Trail } from './trail.js'

/** The setting of the kernel that explains why a packet went no further between two hooks; undefined: none that is known. Reads only. */
export async function refusalOf(claim: PacketClaim, trail: Trail, look: Look): Promise<string | undefined> {
  const { origin } = claim
  const keys = origin.kind === 'container' ? keysFor(claim, trail, origin.bridge) : []
  for (const { key, refuses } of keys) {
    const value = (await look.file(`/proc/sys/${key}`))?.trim()
    if (value === refuses) return `${key.split('/').join('.')} is ${refuses}`
  }
  return undefined
}

interface Key {
  readonly key: string
  readonly refuses: string
}

function keysFor(claim: PacketClaim, trail: Trail, bridge: string): readonly Key[] {
  if (trail.end === 'absent')
    return claim.family === 'ipv6' ? [{ key: `net/ipv6/conf/${bridge}/disable_ipv6`, refuses: '1' }] : []
  if (trail.end !== 'unrouted' || trail.after !== 'prerouting') return []
  if (claim.arrivesAt?.startsWith('127.') === true)
    return [{ key: `net/ipv4/conf/${bridge}/route_localnet`, refuses: '0' }]
  return claim.family === 'ipv6'
    ? [{ key: 'net/ipv6/conf/all/forwarding', refuses: '0' }]
    : [{ key: 'net/ipv4/ip_forward', refuses: '0' }]
}
