import {
  waits,
  type AgentConfigFacts,
  type AgentConfigFinding,
  type AgentFacts,
  type AgentSetting,
} from '../model/agent-facts.js'

/** What is known of the agent: a line each for itself, for what starts it, and for those who tell another version. */
export function agentWords(agent: AgentFacts): string {
  const version = agent.version ?? 'version not told'
  const teller = agent.version === null ? '' : ` (told by ${agent.source})`
  return [
    `${version}, ${agent.running ? 'running' : 'installed, not running'}${teller}`,
    ...(agent.runsAs === null ? [] : [kinds[agent.runsAs](agent)]),
    ...disagreement(agent),
  ].join('\n')
}

const kinds: Readonly<Record<NonNullable<AgentFacts['runsAs']>, (agent: AgentFacts) => string>> = {
  'ecs-init': ({ unit }) => `started by ecs-init${unit === null ? '' : ` (${unit})`}`,
  container: ({ container, networkMode, unit }) =>
    [
      `container ${container ?? 'not running'}, made by hand`,
      ...(networkMode === null ? [] : [`network mode ${networkMode}`]),
      ...(unit === null ? [] : [`started by ${unit}`]),
    ].join(', '),
  native: ({ unit }) => `a program of the host${unit === null ? '' : ` (${unit})`}, without a container`,
}

const disagreement = ({ told, version }: AgentFacts): readonly string[] =>
  told
    .filter(other => other.version !== version)
    .map(other => `${other.source} tells another version: ${other.version}`)

/** Switches that turn a guard off, settings by name, and lines that are off. */
export function settingsWords(config: AgentConfigFacts): string {
  const words = [
    ...(config.skipLocalhostTrafficFilter ? ['ECS_SKIP_LOCALHOST_TRAFFIC_FILTER is on'] : []),
    ...(config.allowOffhostIntrospection ? ['ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS is on'] : []),
  ]
  return [
    ...(words.length === 0 ? ['no guard is turned off'] : words),
    ...(config.external ? ['external instance (ECS Anywhere)'] : []),
    ...config.settings.map(settingWords),
    ...config.findings.map(findingWords),
  ].join('\n')
}

/** "ECS_AWSVPC_BLOCK_IMDS=true (/etc/ecs/ecs.config); the running agent has false" */
function settingWords(setting: AgentSetting): string {
  const { name, value, source, running } = setting
  const next = value === null ? `${name} not set` : `${name}=${value} (${source})`
  if (!waits(setting)) return next
  return `${next}; the running agent ${running == null ? 'was not given it' : `has ${running}`}`
}

const findingWords = ({ path, line, hint }: AgentConfigFinding): string => `${path}:${line}: ${hint}`
