import type { Host } from '../host/host.js'
import type { AgentConfigFacts } from '../model/agent-facts.js'
import type { Found } from './found.js'

const files = ['/var/lib/ecs/ecs.config', '/etc/ecs/ecs.config']

/** The switches ecs-init itself reads, from the environment files of its unit; the later file wins. */
export async function detectAgentConfig(host: Host): Promise<Found<AgentConfigFacts>> {
  const texts = await Promise.all(files.map(path => host.files.read(path)))
  const environment = new Map(texts.flatMap(text => [...parseEnvironmentFile(text ?? '')]))
  return {
    fact: {
      skipLocalhostTrafficFilter: isTrue(environment.get('ECS_SKIP_LOCALHOST_TRAFFIC_FILTER')),
      allowOffhostIntrospection: isTrue(environment.get('ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS')),
      settings: [],
      findings: [],
    },
  }
}

/** systemd's EnvironmentFile= (systemd.exec(5)): '#' and ';' lines are comments, quotes around a value go. */
export function parseEnvironmentFile(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const assignment = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line.replace(/\r$/, ''))
    if (assignment?.[1] === undefined) continue
    const value = (assignment[2] ?? '').trim()
    values.set(assignment[1], /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value)
  }
  return values
}

/** What Go's strconv.ParseBool takes for true; ecs-init takes anything else for false. */
const isTrue = (value: string | undefined): boolean =>
  ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value ?? '')
