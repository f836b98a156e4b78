import type { Host } from '../host/host.js'
import { ParseError, TaskfenceError } from '../model/errors.js'
import type { ContainerFacts, DockerFacts } from '../model/facts.js'
import type { Found } from './found.js'

const socketPath = '/run/docker.sock'

/** null: not installed. An engine that is installed and does not answer has no version, and a reason. */
export async function detectDocker(host: Host): Promise<Found<DockerFacts | null>> {
  if (!(await host.files.list('/run'))?.includes('docker.sock'))
    return silent(host, 'there is no /run/docker.sock')
  const version = await ask(host, '/version')
  if (version.answer === null) return silent(host, 'nobody listens on /run/docker.sock')
  const [info, network, containers] = await Promise.all([
    ask(host, '/info'),
    // 404 where Docker runs with `bridge: none`.
    ask(host, '/networks/bridge', [200, 404]),
    ask(host, '/containers/json'),
  ])
  const reasons = [version, info, network, containers].flatMap(({ because }) => because ?? [])
  const fact: DockerFacts = {
    version: text(version.answer, 'Version'),
    // Told since 28.1 (GET /info).
    firewallBackend: text(info.answer, 'FirewallBackend', 'Driver'),
    defaultBridge: text(network.answer, 'Options', 'com.docker.network.bridge.name'),
    containers: Array.isArray(containers.answer) ? containers.answer.map(containerOf) : [],
  }
  return reasons.length === 0 ? { fact } : { fact, unknown: reasons.join('; ') }
}

/** answer null: nobody listens. Why there is none stands beside it, so that one slow answer does not cost the others. */
interface Told {
  readonly answer: unknown
  readonly because?: string
}

async function ask(host: Host, path: string, statuses: readonly number[] = [200]): Promise<Told> {
  try {
    const answer = await host.http({ socketPath, path, timeoutMs: 2000 })
    if (answer === null) return { answer: null }
    if (!statuses.includes(answer.status))
      return { answer: undefined, because: `Docker answers ${path} with status ${answer.status}` }
    return { answer: parse(path, answer.body) }
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    return { answer: undefined, because: error.message }
  }
}

function parse(path: string, body: string): unknown {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch (error) {
    throw new ParseError(`docker ${path}`, body, 'not JSON', { cause: error })
  }
  if (typeof answer !== 'object' || answer === null)
    throw new ParseError(`docker ${path}`, body, 'neither an object nor a list')
  return answer
}

async function silent(host: Host, why: string): Promise<Found<DockerFacts | null>> {
  const folders = await Promise.all(['/usr/bin', '/usr/sbin'].map(path => host.files.list(path)))
  if (!folders.some(names => names?.includes('dockerd'))) return { fact: null }
  return {
    fact: { version: null, firewallBackend: null, defaultBridge: null, containers: [] },
    unknown: `Docker is installed, but ${why}`,
  }
}

function containerOf(listed: unknown): ContainerFacts {
  const names = field(listed, 'Names')
  const networks = field(field(listed, 'NetworkSettings'), 'Networks')
  const addresses = Object.values(typeof networks === 'object' && networks !== null ? networks : {}).flatMap(
    network => [text(network, 'IPAddress'), text(network, 'GlobalIPv6Address')],
  )
  return {
    name: (text(names, '0') ?? text(listed, 'Id') ?? 'without a name').replace(/^\//, ''),
    networkMode: text(listed, 'HostConfig', 'NetworkMode') ?? 'default',
    addresses: addresses.flatMap(address => (address === null || address === '' ? [] : [address])),
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

function text(value: unknown, ...path: readonly string[]): string | null {
  const found = path.reduce(field, value)
  return typeof found === 'string' ? found : null
}
