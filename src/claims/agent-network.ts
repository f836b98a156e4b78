import type { Look } from '../look/look.js'
import type { AgentNetworkClaim, Proof } from '../model/claim.js'

/** The agent listens on 127.0.0.1 since 1.26 (amazon-ecs-agent#1930), and where it has a loopback of its own nobody gets there. */
// eslint-disable-next-line @typescript-eslint/require-await -- other promises take a look
export async function provenAgentNetwork(_claim: AgentNetworkClaim, { facts }: Look): Promise<Proof> {
  const mode = facts.agent?.networkMode
  if (mode == null)
    return {
      holds: null,
      because:
        facts.unknown.docker ?? facts.unknown.agent ?? "the network of the agent's container was not told",
    }
  if (mode === 'host') return { holds: true }
  return {
    holds: false,
    because: `its container has the network "${mode}", where its 127.0.0.1 is not the host's: \`docker run\` needs \`--net=host\``,
  }
}
