import type { Facts } from '../model/facts.js'
import { isOlder } from '../model/version.js'
import type { Control } from './control.js'
import { neighboursOnIntrospection } from './introspection-guard.js'

const weakness = 'CVE-2025-9039'
const fixedIn = '1.97.1'

export const agentVersion: Control = {
  id: 'agent-version',
  title: `The agent that runs is without ${weakness}, or nobody can use it`,
  why: `Before ${fixedIn} whoever reaches port 51678 of the host learns which tasks run here. introspection-guard keeps other machines out; where it does not stand, nothing does.`,
  source: `${weakness} (GHSA-wm7x-ww72-r77q), fixed in ECS agent ${fixedIn}`,
  byHand: [
    'curl -s http://127.0.0.1:51678/v1/metadata   # the version that runs',
    'rpm -q ecs-init || dpkg-query -W amazon-ecs-init   # the version that is installed',
  ],
  limits: [
    'It changes nothing: agents are updated by their package, or by whoever made their container.',
    'Where the agent does not answer, its claim cannot be told: image and package say what is installed, not what runs.',
    'What else an agent is too old for turns off the control that needs it, with that reason.',
  ],

  skip({ facts: { agent, unknown } }) {
    if (agent === null) return unknown.agent === undefined ? 'no ECS agent is installed here' : undefined
    return agent.running ? undefined : 'the ECS agent does not run yet'
  },

  desire: () => [],

  claims: ({ facts }) => [
    { kind: 'agent-version', weakness, fixedIn, closed: neighboursOnIntrospection(facts) },
  ],

  notes: ({ facts }) => [...outdated(facts), ...disagreement(facts)],
}

const outdated = ({ agent }: Facts): readonly string[] =>
  agent?.version != null && agent.running && isOlder(agent.version, fixedIn)
    ? [`ECS agent ${agent.version} has ${weakness}: update it to ${fixedIn} or later`]
    : []

function disagreement({ agent }: Facts): readonly string[] {
  const told = agent?.told ?? []
  if (new Set(told.map(({ version }) => version)).size < 2) return []
  return [`versions differ: ${told.map(({ source, version }) => `${version} (${source})`).join(', ')}`]
}
