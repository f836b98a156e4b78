import type { Host } from '../host/host.js'
import type { DockerFacts } from '../model/facts.js'
import { containersOf, type Container } from './containers.js'
import { dockerApi, dockerSocket, type DockerApi } from './docker-api.js'
import { daemonSettings, type DaemonSettings } from './docker-settings.js'
import type { Found } from './found.js'
import { flag, text } from './json.js'

/** What Docker tells, asked once for all facts that need it. */
export interface Engine {
  /** null: not installed. An engine that is installed and does not answer has no version, and a reason. */
  readonly docker: Found<DockerFacts | null>
  /** Running containers; null: not told. */
  readonly containers: readonly Container[] | null
  readonly api: DockerApi
}

export async function detectEngine(host: Host): Promise<Engine> {
  const api = dockerApi(host)
  const settings = await daemonSettings(host)
  const names = (await host.files.list('/run')) ?? []
  if (!names.includes('docker.sock'))
    return { docker: await silent(host, `there is no ${dockerSocket}`, settings), containers: null, api }
  if (!names.includes('docker.pid') && (await isAwaited(host))) {
    const why = `it does not run: systemd listens on ${dockerSocket} for it`
    return { docker: await silent(host, why, settings), containers: null, api: nobody }
  }
  const [network, info, listed] = await Promise.all([
    // 404 where Docker runs with `bridge: none`.
    api('/networks/bridge', [200, 404]),
    api('/info'),
    api('/containers/json'),
  ])
  if (network.answer === null)
    return {
      docker: await silent(host, `nobody listens on ${dockerSocket}`, settings),
      containers: null,
      api,
    }
  const reasons = [network, info, listed].flatMap(({ because }) => because ?? [])
  const containers = Array.isArray(listed.answer) ? containersOf(listed.answer) : null
  const fact: DockerFacts = {
    version: text(info.answer, 'ServerVersion'),
    // Told since 28.1.
    firewallBackend: text(info.answer, 'FirewallBackend', 'Driver'),
    defaultBridge: text(network.answer, 'Options', 'com.docker.network.bridge.name'),
    bridgeNone: network.status === undefined ? settings.bridgeNone : network.status === 404,
    liveRestore: flag(info.answer, 'LiveRestoreEnabled') ?? settings.liveRestore,
    userlandProxy: settings.userlandProxy,
    containers: (containers ?? []).map(({ name, networkMode, addresses }) => ({
      name,
      networkMode,
      addresses,
    })),
  }
  return { docker: reasons.length === 0 ? { fact } : { fact, unknown: reasons.join('; ') }, containers, api }
}

/**
 * Whether systemd holds the socket of an engine that does not run. Who asks there has it started; at boot, where it
 * comes after us, both would wait for each other.
 */
async function isAwaited({ files }: Host): Promise<boolean> {
  const folders = ['/usr/lib/systemd/system', '/lib/systemd/system', '/etc/systemd/system']
  const [booted, running, ...sockets] = await Promise.all([
    files.stat('/run/systemd/system'),
    // Made while a unit is active, also while it starts, since systemd 236.
    files.link('/run/systemd/units/invocation:docker.service'),
    ...folders.map(folder => files.stat(`${folder}/docker.socket`)),
  ])
  return booted !== null && running === null && sockets.some(found => found !== null)
}

const nobody: DockerApi = () => Promise.resolve({ answer: null })

async function silent(host: Host, why: string, settings: DaemonSettings): Promise<Found<DockerFacts | null>> {
  const folders = await Promise.all(['/usr/bin', '/usr/sbin'].map(path => host.files.list(path)))
  if (!folders.some(names => names?.includes('dockerd'))) return { fact: null }
  const nothing = { version: null, firewallBackend: null, defaultBridge: null, containers: [] }
  return { fact: { ...nothing, ...settings }, unknown: `Docker is installed, but ${why}` }
}
