import type { Host } from '../host/host.js'
import type { AgentConfigFacts, AgentFacts } from '../model/agent-facts.js'
import { TaskfenceError } from '../model/errors.js'
import type { FactName, Facts, OsFacts } from '../model/facts.js'
import { parseFacts, type FactsAnswer } from '../windows/answers.js'
import { answerOf, scriptCommand } from '../windows/script.js'
import type { Found } from './found.js'
import { introspect, parseAgentVersion } from './introspection.js'
import { detectTasks } from './tasks.js'
import { detectWindowsEngine, type WindowsEngine } from './windows-docker.js'

/** All facts of a Windows host: one run of PowerShell, and Docker and the agent asked beside it. Reads only. */
export async function detectWindows(host: Host): Promise<Facts> {
  const engine = await detectWindowsEngine(host)
  const answer = await ask(host, engine.subnet)
  if (!answer.administrator)
    throw new TaskfenceError('E_PRIVILEGE', 'taskfence must run as Administrator', {
      hint: 'Start it from an elevated PowerShell, or as SYSTEM.',
    })
  const [agent, tasks] = await Promise.all([
    detectAgentOnWindows(host, answer),
    detectTasks(host, Promise.resolve(engine), Promise.resolve(null)),
  ])
  const reasons: readonly (readonly [FactName, string | undefined])[] = [
    ['docker', dockerSilence(engine, answer)],
    ['agent', agent.unknown],
    ['tasks', tasks.unknown],
    ['agentConfig', answer.windows.unknown['variables']],
    ['windows', words(answer.windows.unknown)],
  ]
  return {
    ...{
      os: osOf(answer),
      kernel: null,
      iptables: null,
      nft: null,
      network: null,
      boot: null,
      cgroups: null,
      rules: null,
    },
    docker: engine.docker.fact,
    agent: agent.fact,
    agentConfig: configOf(answer),
    tasks: tasks.fact,
    windows: { ...answer.windows, build: answer.os?.build ?? 0, subnet: engine.subnet },
    unknown: Object.fromEntries(reasons.filter(([, reason]) => reason !== undefined)),
  }
}

async function ask(host: Host, subnet: string | null): Promise<FactsAnswer> {
  const command = scriptCommand(host.scripts(), 'Get-Facts.ps1', [], { input: { subnet }, timeoutMs: 60_000 })
  return parseFacts('Get-Facts.ps1', answerOf(command, await host.run(command)))
}

const words = (unknown: FactsAnswer['windows']['unknown']): string | undefined =>
  Object.entries(unknown)
    .map(([name, reason]) => `${name}: ${reason}`)
    .join('; ') || undefined

function dockerSilence({ docker }: WindowsEngine, { windows }: FactsAnswer): string | undefined {
  const service = windows.services?.docker
  if (docker.fact !== null || service == null) return docker.unknown
  return `the service docker is ${service.status}, and nobody listens on its pipe`
}

/** Builds of the releases that task roles are supported on (Windows Server release information). */
const releases: Readonly<Record<number, string>> = {
  14393: '2016',
  17763: '2019',
  20348: '2022',
  26100: '2025',
}

function osOf({ os, windows: { unknown } }: FactsAnswer): OsFacts {
  if (os === null)
    throw new TaskfenceError(
      'E_UNSUPPORTED',
      `this Windows cannot be told: ${unknown['os'] ?? 'it does not say its build'}`,
    )
  return {
    family: 'windows',
    id: os.isServer ? 'windows-server' : 'windows',
    idLike: [],
    versionId: releases[os.build] ?? `build ${os.build}`,
    prettyName: os.name.replace(/^Microsoft /, ''),
  }
}

async function detectAgentOnWindows(host: Host, { windows }: FactsAnswer): Promise<Found<AgentFacts | null>> {
  if (windows.services === null) return { fact: null, unknown: windows.unknown['services'] ?? 'not told' }
  const service = windows.services.AmazonECS
  if (service === null) return { fact: null }
  const running = service.status === 'Running'
  const asked = running ? await introspectedVersion(host) : {}
  const { version = null, unknown } = asked
  const source = version === null ? 'nobody' : 'introspection'
  const fact: AgentFacts = {
    ...{ version, running, source, told: version === null ? [] : [{ source, version }] },
    ...{ runsAs: 'native', unit: 'AmazonECS', container: null, networkMode: null },
  }
  return unknown === undefined ? { fact } : { fact, unknown }
}

async function introspectedVersion(
  host: Host,
): Promise<{ readonly version?: string; readonly unknown?: string }> {
  try {
    const answer = await introspect(host, '/v1/metadata')
    if (answer === null)
      return { unknown: 'the service AmazonECS runs, and nobody listens on 127.0.0.1:51678' }
    const version = parseAgentVersion(answer.body)
    return version === null ? { unknown: '127.0.0.1:51678 did not tell its version' } : { version }
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    return { unknown: error.message }
  }
}

const configOf = ({ windows: { variables } }: FactsAnswer): AgentConfigFacts | null =>
  variables === null
    ? null
    : {
        skipLocalhostTrafficFilter: false,
        allowOffhostIntrospection: false,
        external: false,
        settings: Object.entries(variables).map(([name, value]) => ({
          ...{ name, value },
          source: value === null ? 'default' : 'machine variable',
        })),
        findings: [],
      }
