import type { Look } from '../look/look.js'
import type { LocalnetClaim, Proof } from '../model/claim.js'
import { routeLocalnet } from './surroundings.js'

export async function provenLocalnet(claim: LocalnetClaim, look: Look): Promise<Proof> {
  const effective = await routeLocalnet(claim.interface, look)
  if (effective === undefined) return { holds: null, because: 'route_localnet cannot be read' }
  if (effective) return { holds: true }
  return {
    holds: false,
    because: `net.ipv4.conf.all.route_localnet and net.ipv4.conf.${claim.interface}.route_localnet are both 0`,
  }
}
