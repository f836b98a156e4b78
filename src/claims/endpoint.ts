import type { Look } from '../look/look.js'
import type { EndpointClaim, Proof } from '../model/claim.js'

/**
 * Any status is an answer: the agent refuses what names no task, so no secret is fetched. Not asked where the address is
 * not on this host, for the question would leave it.
 */
export async function provenEndpoint(claim: EndpointClaim, look: Look): Promise<Proof> {
  const { address, port, path } = claim
  const standing = look.facts.windows?.settings.find(({ setting }) => setting === 'address')
  if (standing?.holds !== true) {
    const because = standing?.because ?? `nobody told whether this host has ${address}`
    return standing?.holds === false ? { holds: false, because } : { holds: null, because }
  }
  const answer = await look.host.http({ address, port, path, timeoutMs: 3000 })
  if (answer === null) return { holds: false, because: `nobody listens on ${address}:${port}` }
  return { holds: true, evidence: `GET http://${address}:${port}${path}: status ${answer.status}` }
}
