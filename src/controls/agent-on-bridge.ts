import type { Desired } from '../model/desired.js'
import type { Facts } from '../model/facts.js'

/** The container of an agent that Docker gave a network of its own: what cuts tasks would cut the agent. */
export const agentOnBridge = ({ agent }: Facts): string | undefined =>
  agent?.runsAs === 'container' &&
  agent.networkMode !== null &&
  !/^(host|none|container:.*)$/.test(agent.networkMode)
    ? (agent.container ?? undefined)
    : undefined

/** What a control leaves where it does not apply: nothing that carries our name. */
export const takenBack = ({ resource }: Desired): readonly Desired[] =>
  resource.kind === 'fence-rule' || resource.kind === 'iptables-rule' ? [{ resource, state: null }] : []

export function notesOnAgent(facts: Facts): readonly string[] {
  const name = agentOnBridge(facts)
  if (name === undefined) return []
  return [
    `not applied: it would cut the agent itself, whose container ${name} is on a bridge of Docker; agents do not work there since 1.26 either: run it with --net=host`,
  ]
}
