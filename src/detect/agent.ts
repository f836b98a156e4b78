import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import type { AgentFacts } from '../model/agent-facts.js'
import type { Found } from './found.js'

/** null: nothing of the ECS agent is here. Versions by what answers first: the running agent, then the package. */
export async function detectAgent(host: Host): Promise<Found<AgentFacts | null>> {
  const told = { ...silentAgent, running: true, source: 'introspection' }
  let answer
  try {
    answer = await host.http({ address: '127.0.0.1', port: 51678, path: '/v1/metadata', timeoutMs: 2000 })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    // Something took the connection: a busy agent, as a port of loopback that nobody has refuses.
    return { fact: told, unknown: error.message }
  }
  if (answer === null) {
    const packaged = await packagedVersion(host)
    return { fact: packaged === null ? null : { ...silentAgent, ...packaged } }
  }
  const version = answer.status === 200 ? parseAgentVersion(answer.body) : null
  if (version === null) return { fact: told, unknown: '127.0.0.1:51678 did not tell its version' }
  return { fact: { ...told, version } }
}

/** What is known of an agent before anybody is asked. */
const silentAgent: AgentFacts = {
  version: null,
  running: false,
  source: 'nobody',
  told: [],
  runsAs: null,
  unit: null,
  container: null,
  networkMode: null,
  external: false,
}

/** {"Version":"Amazon ECS Agent - v1.105.1 (*02ff320c)"} (agent introspection, /v1/metadata); null for anything else. */
export function parseAgentVersion(body: string): string | null {
  return /"Version"\s*:\s*"[^"]*- v(\d+\.\d+\.\d+)/.exec(body)?.[1] ?? null
}

const packages = [
  { file: 'rpm', args: ['-q', '--qf', '%{VERSION}', 'ecs-init'], source: 'rpm ecs-init' },
  { file: 'rpm', args: ['-q', '--qf', '%{VERSION}', 'amazon-ecs-init'], source: 'rpm amazon-ecs-init' },
  { file: 'dpkg-query', args: ['-W', '-f', '${Version}', 'amazon-ecs-init'], source: 'dpkg amazon-ecs-init' },
] as const

async function packagedVersion(host: Host): Promise<{ version: string | null; source: string } | null> {
  const binary = ['/usr/libexec', '/usr/sbin'].map(async folder =>
    (await host.files.list(folder))?.includes('amazon-ecs-init'),
  )
  if (!(await Promise.all(binary)).some(Boolean)) return null
  for (const { file, args, source } of packages) {
    const result = await host.run({ file, args })
    const version = /^(\d+\.\d+\.\d+)/.exec(result.stdout)?.[1]
    if (result.exitCode === 0 && version !== undefined) return { version, source }
  }
  return { version: null, source: 'amazon-ecs-init' }
}
