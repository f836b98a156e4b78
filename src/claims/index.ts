import type { Look } from '../look/look.js'
import type { Claim, Proof } from '../model/claim.js'
import type { ClaimKinds } from './kind.js'
import { provenLocalnet } from './localnet-routing.js'
import { provenPacket } from './packet.js'

const claimKinds: ClaimKinds = { packet: provenPacket, 'localnet-routing': provenLocalnet }

export const prove = (claim: Claim, look: Look): Promise<Proof> =>
  claim.kind === 'packet' ? claimKinds.packet(claim, look) : claimKinds['localnet-routing'](claim, look)
