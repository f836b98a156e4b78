import type { Host } from '../host/host.js'
import type { FactName, Facts } from '../model/facts.js'
import { TaskfenceError } from '../model/errors.js'
import { detectAgent } from './agent.js'
import { detectAgentConfig } from './agent-config.js'
import { detectBoot } from './boot.js'
import { detectCgroups } from './cgroups.js'
import { detectEngine } from './docker.js'
import type { Asking, Found } from './found.js'
import { detectIptables } from './iptables.js'
import { detectKernel } from './kernel.js'
import { detectNetwork } from './network.js'
import { detectNft } from './nft.js'
import { detectOs, isWindows } from './os.js'
import { detectTasks } from './tasks.js'
import { findUnit } from './unit.js'

export { isWindows } from './os.js'
export type { Asking } from './found.js'

export type Which = Pick<Facts, 'iptables' | 'unknown'>

/** Told long before the rest, to whoever reads rules meanwhile. Never rejects. */
export async function detectWhichIptables(host: Host): Promise<Which> {
  const unknown: Partial<Record<FactName, string>> = {}
  const iptables = await tellInto(unknown)('iptables', detectIptables(host))
  return { iptables, unknown }
}

/** Facts that need no rule to be read. Reads only. Rejects with E_UNSUPPORTED where this is neither Linux nor Windows to speak of. */
export async function detect(
  host: Host,
  asking: Asking = 'until told',
  which: Promise<Which> | null = null,
): Promise<Facts> {
  if (isWindows(host)) return (await import('./windows.js')).detectWindows(host)
  const unknown: Partial<Record<FactName, string>> = {}
  const told = tellInto(unknown)
  const os = await detectOs(host)
  const engine = detectEngine(host)
  const unit = findUnit(host)
  const links = told('network', detectNetwork(host))
  const itself = told('agent', detectAgent(host, engine, unit, asking))
  const [
    kernel,
    { iptables, unknown: unknownOfIptables },
    nft,
    network,
    docker,
    agent,
    agentConfig,
    tasks,
    boot,
    cgroups,
  ] = await Promise.all([
    told('kernel', detectKernel(host)),
    which ?? detectWhichIptables(host),
    told('nft', detectNft(host)),
    links,
    told(
      'docker',
      engine.then(({ docker }) => docker),
    ),
    itself,
    told('agentConfig', detectAgentConfig(host, itself, engine, unit)),
    told('tasks', detectTasks(host, engine, links)),
    told('boot', detectBoot(host)),
    told('cgroups', detectCgroups(host)),
  ])
  return {
    os,
    kernel,
    iptables,
    nft,
    network,
    docker,
    agent,
    agentConfig,
    tasks,
    boot,
    cgroups,
    rules: null,
    unknown: { ...unknown, ...unknownOfIptables },
  }
}

/** What could not be told is null, and its reason stands in `unknown`. */
function tellInto(unknown: Partial<Record<FactName, string>>) {
  return async <T>(name: FactName, detection: Promise<Found<T>>): Promise<T | null> => {
    try {
      const found = await detection
      if (found.unknown !== undefined) unknown[name] = found.unknown
      return found.fact
    } catch (error) {
      if (!(error instanceof TaskfenceError)) throw error
      unknown[name] = error.message
      return null
    }
  }
}
