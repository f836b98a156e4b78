import type { Host } from '../host/host.js'
import type { DockerFacts } from '../model/facts.js'
import { containersOf } from './containers.js'
import { dockerApi } from './docker-api.js'
import type { Engine } from './docker.js'
import { text } from './json.js'

const pipe = '\\\\.\\pipe\\docker_engine'

export interface WindowsEngine extends Engine {
  /** Of the network "nat"; null: not told. */
  readonly subnet: string | null
}

/** Docker on its pipe. An engine that is not installed and one that does not run look the same from here. */
export async function detectWindowsEngine(host: Host): Promise<WindowsEngine> {
  const api = dockerApi(host, pipe)
  const nat = await api('/networks/nat', [200, 404])
  if (nat.answer === null) return { docker: { fact: null }, containers: null, api, subnet: null }
  const [info, listed] = await Promise.all([api('/info'), api('/containers/json')])
  const containers = Array.isArray(listed.answer) ? containersOf(listed.answer) : null
  const fact: DockerFacts = {
    version: text(info.answer, 'ServerVersion'),
    // What only an engine on Linux has.
    ...{
      firewallBackend: null,
      defaultBridge: null,
      bridgeNone: null,
      liveRestore: null,
      userlandProxy: null,
    },
    containers: (containers ?? []).map(({ name, networkMode, addresses }) => ({
      ...{ name, networkMode, addresses },
    })),
  }
  const subnet = text(nat.answer, 'IPAM', 'Config', '0', 'Subnet')
  const reasons = [nat, info, listed].flatMap(({ because }) => because ?? [])
  if (subnet === null && reasons.length === 0)
    reasons.push('Docker does not tell the subnet of its network nat')
  const docker = reasons.length === 0 ? { fact } : { fact, unknown: reasons.join('; ') }
  return { docker, containers, api, subnet }
}
