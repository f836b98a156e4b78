import type { Facts } from '../model/facts.js'
import { isOlder } from '../model/version.js'

/** The first agent that has it (changelogs of the agent and of ecs-init). */
const since = {
  'task roles': '1.11.0',
  'task roles in host network mode': '1.12.0',
  'settings for awsvpc tasks': '1.15.0',
  'a block of the IPv6 metadata service for awsvpc tasks': '1.69.0',
} as const

/** The reason why this agent is too old for it; undefined where it is not, or its version was not told. */
export function agentGate({ agent }: Facts, feature: keyof typeof since): string | undefined {
  if (agent?.version == null || !isOlder(agent.version, since[feature])) return undefined
  return `ECS agent ${agent.version} is older than ${since[feature]}, the first with ${feature}`
}
