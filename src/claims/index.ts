import type { Look } from '../look/look.js'
import type { Claim, Proof } from '../model/claim.js'
import { provenAgentNetwork } from './agent-network.js'
import { provenAgentSetting } from './agent-setting.js'
import { provenAgentVersion } from './agent-version.js'
import { provenEndpoint } from './endpoint.js'
import type { ClaimKinds } from './kind.js'
import { provenLocalnet } from './localnet-routing.js'
import { provenPacket } from './packet.js'
import { provenTaskMetadata } from './task-metadata.js'

const claimKinds: ClaimKinds = {
  packet: provenPacket,
  'localnet-routing': provenLocalnet,
  'agent-version': provenAgentVersion,
  'agent-setting': provenAgentSetting,
  'agent-network': provenAgentNetwork,
  'task-metadata': provenTaskMetadata,
  endpoint: provenEndpoint,
}

/** Each kind is proven by its own entry, which no type can say of a union. */
export const prove = (claim: Claim, look: Look): Promise<Proof> =>
  (claimKinds[claim.kind] as (claim: Claim, look: Look) => Promise<Proof>)(claim, look)
