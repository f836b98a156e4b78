import { readEcsConfig } from '../ecs-config/read.js'
import { switchOf } from '../ecs-config/switch.js'
import type { Host } from '../host/host.js'
import type { AgentConfigFacts, AgentFacts } from '../model/agent-facts.js'
import { agentContainer } from './agent.js'
import { findingsIn } from './agent-findings.js'
import { readAgentJson } from './agent-json.js'
import { settingsOf } from './agent-settings.js'
import type { Engine } from './docker.js'
import type { Found } from './found.js'
import { at, texts } from './json.js'
import type { Unit } from './unit.js'

/** In ecs-init's order; the later file wins. */
const settingsFiles = ['/var/lib/ecs/ecs.config', '/etc/ecs/ecs.config']
const jsonFile = '/etc/ecs/ecs.config.json'

/** What the files say, and what the running agent was given. Of an environment nothing is kept but settings we know. */
export async function detectAgentConfig(
  host: Host,
  agent: Promise<AgentFacts | null>,
  engine: Promise<Engine>,
  installed: Promise<Unit>,
): Promise<Found<AgentConfigFacts>> {
  const read = async (path: string) => ({ path, text: (await host.files.read(path)) ?? '' })
  const unit = await installed
  const [files, json, environment, running, found] = await Promise.all([
    Promise.all(settingsFiles.map(read)),
    read(jsonFile),
    Promise.all(unit.environmentFiles.map(read)),
    runningEnvironment(await engine),
    agent,
  ])
  const init = new Map([
    ...unit.environment,
    ...environment.flatMap(({ text }) => [...parseEnvironmentFile(text)]),
  ])
  const external = init.get('ECS_EXTERNAL') === 'true'
  const own = readAgentJson(json.path, json.text)
  const fact: AgentConfigFacts = {
    skipLocalhostTrafficFilter: isTrue(init.get('ECS_SKIP_LOCALHOST_TRAFFIC_FILTER')),
    allowOffhostIntrospection: isTrue(init.get('ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS')),
    external: external || isTrue(running.environment?.get('ECS_EXTERNAL')?.trim()),
    settings: settingsOf({
      runsAs: found?.runsAs ?? null,
      external,
      unit: { name: unit.name ?? '', values: init },
      files: files.map(({ path, text }) => ({ path, values: readEcsConfig(text) })),
      json: { path: json.path, values: own.values },
      running: running.environment,
    }),
    findings: [...own.findings, ...files.flatMap(({ path, text }) => findingsIn(path, text))],
  }
  return running.because === undefined ? { fact } : { fact, unknown: running.because }
}

const isTrue = (value: string | undefined): boolean => value !== undefined && switchOf(value) === true

/** What the agent's container was made with; no environment: no such container runs, or Docker did not tell. */
async function runningEnvironment({ containers, api }: Engine): Promise<{
  readonly environment?: ReadonlyMap<string, string>
  readonly because?: string
}> {
  const container = agentContainer(containers ?? [])
  if (container === undefined) return {}
  // 404: it has ended since it was listed.
  const { answer, status, because } = await api(
    `/containers/${encodeURIComponent(container.id)}/json`,
    [200, 404],
  )
  if (because !== undefined) return { because }
  if (status !== 200) return {}
  return { environment: new Map(texts(at(answer, 'Config', 'Env')).map(assignment)) }
}

function assignment(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=')
  return equals === -1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
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
