import type { AgentNetworkClaim, AgentSettingClaim, Claim, TaskMetadataClaim } from '../model/claim.js'
import type { IpFamily } from '../model/facts.js'
import { list } from './layout.js'

/** Promises about the agent and about what only the agent can do, those that differ in a name only together. */
export const agentSummary = (claims: readonly Claim[], holds: boolean): readonly string[] => [
  ...settings(claims, 'running', holds),
  ...settings(claims, 'next', holds),
  ...(claims.some(isNetwork) ? [networkWords(holds)] : []),
  ...tasks(claims.filter(isTask), holds),
]

function settings(
  claims: readonly Claim[],
  agent: AgentSettingClaim['agent'],
  holds: boolean,
): readonly string[] {
  const same = claims.filter(
    (claim): claim is AgentSettingClaim => claim.kind === 'agent-setting' && claim.agent === agent,
  )
  return same.length === 0 ? [] : [`${settingVerbs[agent][holds ? 0 : 1]} ${list(same.map(assigned))}`]
}

const settingVerbs = {
  running: ['the running agent has', 'the running agent lacks'],
  next: ['the agent starts with', 'the agent starts without'],
} as const

const assigned = ({ name }: AgentSettingClaim): string => `${name}=true`

const isNetwork = (claim: Claim): claim is AgentNetworkClaim => claim.kind === 'agent-network'
const networkWords = (holds: boolean): string =>
  `the agent ${holds ? 'shares' : 'does not share'} the host's network`

const isTask = (claim: Claim): claim is TaskMetadataClaim => claim.kind === 'task-metadata'

/** All of a host's have the same families: they have the same agent. */
function tasks(claims: readonly TaskMetadataClaim[], holds: boolean): readonly string[] {
  const [first] = claims
  if (first === undefined) return []
  const one = claims.length === 1
  const who = `awsvpc ${one ? 'task' : 'tasks'} ${list(claims.map(({ name }) => name))}`
  const reach = holds ? 'cannot reach' : one ? 'reaches' : 'reach'
  return [
    `${who} ${reach} the metadata service (${first.families.map(family => familyWords[family]).join(', ')})`,
  ]
}

export const familyWords: Readonly<Record<IpFamily, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' }
