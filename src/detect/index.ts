import type { Host } from '../host/host.js'
import type { FactName, Facts } from '../model/facts.js'
import { TaskfenceError } from '../model/errors.js'
import { detectAgent } from './agent.js'
import { detectAgentConfig } from './agent-config.js'
import { detectDocker } from './docker.js'
import type { Found } from './found.js'
import { detectIptables } from './iptables.js'
import { detectKernel } from './kernel.js'
import { detectNetwork } from './network.js'
import { detectNft } from './nft.js'
import { detectOs } from './os.js'

/** Facts that need no rule to be read. Reads only. Rejects with E_UNSUPPORTED where there is no Linux to speak of. */
export async function detect(host: Host): Promise<Facts> {
  const unknown: Partial<Record<FactName, string>> = {}
  const told = async <T>(name: FactName, detector: (host: Host) => Promise<Found<T>>): Promise<T | null> => {
    try {
      const found = await detector(host)
      if (found.unknown !== undefined) unknown[name] = found.unknown
      return found.fact
    } catch (error) {
      if (!(error instanceof TaskfenceError)) throw error
      unknown[name] = error.message
      return null
    }
  }
  const os = await detectOs(host)
  const [kernel, iptables, nft, network, docker, agent, agentConfig] = await Promise.all([
    told('kernel', detectKernel),
    told('iptables', detectIptables),
    told('nft', detectNft),
    told('network', detectNetwork),
    told('docker', detectDocker),
    told('agent', detectAgent),
    told('agentConfig', detectAgentConfig),
  ])
  return { os, kernel, iptables, nft, network, docker, agent, agentConfig, tasks: null, rules: null, unknown }
}
