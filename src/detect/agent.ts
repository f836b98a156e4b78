import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import type { AgentFacts } from '../model/facts.js'
import type { Found } from './index.js'

/** null: nothing of the ECS agent is here. Versions by what answers first: the running agent, then the package. */
export async function detectAgent(host: Host): Promise<Found<AgentFacts | null>> {
  if (await listens(host, 51678)) return introspect(host)
  const packaged = await packagedVersion(host)
  return { fact: packaged === null ? null : { ...packaged, running: false } }
}

/** Something listens there. What does not answer as the agent does is told as running, without a version. */
async function introspect(host: Host): Promise<Found<AgentFacts>> {
  const told = (running: boolean, unknown: string) => ({
    fact: { version: null, running, source: 'introspection' },
    unknown,
  })
  try {
    const answer = await host.http({
      address: '127.0.0.1',
      port: 51678,
      path: '/v1/metadata',
      timeoutMs: 2000,
    })
    const version = answer?.status === 200 ? parseAgentVersion(answer.body) : null
    if (version === null) return told(answer !== null, '127.0.0.1:51678 did not tell its version')
    return { fact: { version, running: true, source: 'introspection' } }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return told(true, error.message)
  }
}

/** {"Version":"Amazon ECS Agent - v1.105.1 (*02ff320c)"} (agent introspection, /v1/metadata); null for anything else. */
export function parseAgentVersion(body: string): string | null {
  return /"Version"\s*:\s*"[^"]*- v(\d+\.\d+\.\d+)/.exec(body)?.[1] ?? null
}

/** A look at the kernel's list before a connect: a port that drops what it gets would cost the whole time-out. */
async function listens(host: Host, port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const listening = new RegExp(`^\\s*\\d+: [0-9A-F]+:${hex} [0-9A-F:]+ 0A `, 'm')
  const lists = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(path => host.files.read(path)))
  return lists.some(list => list !== null && listening.test(list))
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
