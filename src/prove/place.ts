import type { Host } from '../host/host.js'
import type { Command } from '../model/command.js'
import { TaskfenceError } from '../model/errors.js'
import type { Facts, Interface, IpFamily } from '../model/facts.js'
import type { Policy } from '../model/policy.js'
import { attach, peerMac } from './bridge-port.js'
import { startProber, type Prober } from './prober.js'
import { inside, ip, must } from './run.js'
import { takeSources, type Source } from './sources.js'

/** Somewhere packets can be sent from. */
export interface Place {
  readonly prober: Prober
  /** undefined: no address of the family could be had. null: routing chooses, as for the host's own programs. */
  source(family: IpFamily): Source | null | undefined
  /** Takes away everything that was made. What others lost by it, in words. */
  close(): Promise<readonly string[]>
}

export async function openHost(prober: Command, host: Host): Promise<Place> {
  const started = await startProber(prober, host)
  return {
    prober: started,
    source: () => null,
    async close() {
      await started.stop()
      return []
    },
  }
}

export interface BridgeInput {
  readonly bridge: Interface
  /** Unique in this run. */
  readonly index: number
  readonly families: readonly IpFamily[]
  readonly prober: Command
  readonly facts: Facts
  readonly policy: Policy
}

/**
 * A container's view of a bridge: a network namespace held by the prober process alone, and a wire into the bridge. When
 * this program dies, however it does, the prober's input ends, it exits, and the namespace and the wire are gone.
 */
export async function openOnBridge(input: BridgeInput, host: Host): Promise<Place> {
  const { bridge, index, families, facts, policy } = input
  if (facts.network === null) throw new TaskfenceError('E_UNSUPPORTED', 'the interfaces could not be told')
  const command = {
    ...input.prober,
    file: 'unshare',
    args: ['--net', '--', input.prober.file, ...input.prober.args],
  }
  const prober = await startProber(command, host)
  try {
    await quieten(prober.pid, host)
    const port = await attach(bridge, { pid: prober.pid, index }, facts.network, host)
    try {
      await must(inside(prober.pid, ip(['link set lo up', 'link set eth0 addrgenmode none up'])), host)
      const wire = { bridge: bridge.name, bridgeMac: port.bridgeMac, pid: prober.pid, families }
      const sources = await takeSources(wire, facts, policy, host)
      return {
        prober,
        source: family => sources[family],
        async close() {
          try {
            const lost = await port.detach()
            await forget(bridge.name, host)
            return lost === undefined ? [] : [lost]
          } finally {
            await prober.stop()
          }
        },
      }
    } catch (error) {
      await port.detach()
      throw error
    }
  } catch (error) {
    await prober.stop()
    throw error
  }
}

/** For interfaces still to come in this namespace: no router asked for or listened to, no random wait before an address is checked. */
async function quieten(pid: number, host: Host): Promise<void> {
  const keys = ['disable_ipv6=0', 'accept_ra=0', 'router_solicitations=0', 'router_solicitation_delay=0']
  const args = ['-q', '-w', ...keys.map(key => `net.ipv6.conf.default.${key}`)]
  // Without IPv6, or without sysctl, it is a matter of speed only.
  await host.run(inside(pid, { file: 'sysctl', args }))
}

/**
 * The host learnt our MAC when it answered, and would try it first should a container get that address one day. Those of
 * runs that were killed go as well: the kernel itself forgets them only when it has too many.
 */
async function forget(bridge: string, host: Host): Promise<void> {
  const { stdout } = await host.run({ file: 'ip', args: ['neigh', 'show', 'dev', bridge] })
  const ours = stdout
    .split('\n')
    .flatMap(line => (line.includes(` lladdr ${peerMac}`) ? (line.split(' ')[0] ?? []) : []))
  await Promise.all(
    ours.map(address => host.run({ file: 'ip', args: ['neigh', 'delete', address, 'dev', bridge] })),
  )
}
