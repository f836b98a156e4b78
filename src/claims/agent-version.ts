import type { Look } from '../look/look.js'
import type { AgentVersionClaim, Proof } from '../model/claim.js'
import { isOlder } from '../model/version.js'
import { provenPacket } from './packet.js'

/** By the version that was told; an agent that is too old is asked for what its weakness needs. */
export async function provenAgentVersion(claim: AgentVersionClaim, look: Look): Promise<Proof> {
  const { agent, unknown } = look.facts
  if (agent?.version == null || unknown.agent !== undefined)
    return { holds: null, because: unknown.agent ?? 'nobody told the version of the agent' }
  const { version } = agent
  if (!isOlder(version, claim.fixedIn)) return { holds: true, evidence: `ECS agent ${version}` }
  const proofs = await Promise.all(claim.closed.map(packet => provenPacket(packet, look)))
  const weak = `ECS agent ${version} has ${claim.weakness}`
  const open = proofs.find(({ holds }) => holds === false) ?? proofs.find(({ holds }) => holds === null)
  if (open !== undefined) return { ...open, because: `${weak}: ${open.because ?? ''}` }
  if (proofs.length === 0)
    return { holds: null, because: `${weak}, and nothing is known of who could use it` }
  return { holds: true, evidence: `${weak}; ${proofs[0]?.evidence ?? 'it is closed'}` }
}
