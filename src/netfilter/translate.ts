import type { Action } from './action.js'
import type { Flow } from './flow.js'
import type { Surroundings } from './packet.js'

/** SNAT and MASQUERADE: which source it is now is not told by the rule alone. */
export const withOtherSource = (flow: Flow): Flow => ({
  ...flow,
  source: undefined,
  snat: undefined,
  settled: { ...flow.settled, source: true },
})

/** DNAT and REDIRECT. `by`: the rule. */
export function withOtherDestination(
  flow: Flow,
  to: Extract<Action, { kind: 'dnat' }>,
  by: string,
  surroundings: Surroundings,
): Flow {
  const destination =
    to.address === 'same' ? flow.destination : (to.address ?? ownAddress(flow, surroundings))
  const port = to.port ?? flow.port
  const known =
    destination !== undefined &&
    port !== undefined &&
    flow.destination !== undefined &&
    flow.port !== undefined
  return {
    ...flow,
    destination,
    port,
    forSelf: to.address === null,
    // A translation to what it already is sets no DNAT state.
    dnat: known ? destination !== flow.destination || port !== flow.port : undefined,
    settled: { ...flow.settled, destination: true },
    redirectedBy: by,
  }
}

/** REDIRECT: loopback for the host's own packets, else the first address of the interface it came in on. */
function ownAddress(flow: Flow, surroundings: Surroundings): string | undefined {
  if (flow.hook === 'output') return flow.family === 'ipv4' ? '127.0.0.1' : '::1'
  return flow.iif === null ? undefined : surroundings.addressOf?.(flow.iif, flow.family)
}
