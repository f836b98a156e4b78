import type { Host } from '../host/host.js'
import { TaskfenceError } from '../model/errors.js'
import type { Interface, NetworkFacts } from '../model/facts.js'
import { ip, must } from './run.js'

/** No container is on the bridge, and none can be put there without changing it. */
export class NobodyThereError extends TaskfenceError {
  constructor(message: string) {
    super('E_UNSUPPORTED', message)
  }
}

/** How the MAC begins that containers' neighbours see of us. */
export const peerMac = 'fe:ff:fe:'

/** A wire between a bridge and the namespace of a process, in which it is called eth0. */
export interface Port {
  readonly name: string
  readonly bridgeMac: string
  /** Takes the wire away. What the bridge lost by it, in words; undefined: nothing. */
  detach(): Promise<string | undefined>
}

/**
 * Joins the bridge without changing it: a bridge whose MAC follows its ports takes the lowest of theirs, and its MTU is
 * the smallest of theirs, so ours has the highest MAC and the bridge's own MTU. The wire goes when the process goes.
 */
export async function attach(
  bridge: Interface,
  process: { readonly pid: number; readonly index: number },
  network: NetworkFacts,
  host: Host,
): Promise<Port> {
  const before = await describe(bridge.name, host)
  const suffix = [process.pid >> 8, process.pid, process.index].map(hexByte).join(':')
  const mac = `fe:ff:ff:${suffix}`
  refuseToChange(bridge, before, mac, network)
  const name = `tfp${process.pid.toString(36)}x${process.index}`
  const remove = async () => {
    // Its other end may have taken it along already.
    await host.run({ file: 'ip', args: ['link', 'delete', name] })
    // A network of Docker's may be removed at any time, and its bridge with it.
    if ((await host.files.read(`/sys/class/net/${bridge.name}/address`)) === null) return undefined
    return changed(bridge.name, before, await describe(bridge.name, host))
  }
  try {
    await must(
      ip([
        `link add ${name} address ${mac} mtu ${before.mtu} type veth peer name eth0 address ${peerMac}${suffix} mtu ${before.mtu} netns ${process.pid}`,
        `link set ${name} addrgenmode none`,
        `link set ${name} master ${bridge.name} up`,
      ]),
      host,
    )
    const words = changed(bridge.name, before, await describe(bridge.name, host))
    if (words !== undefined)
      throw new TaskfenceError('E_VERIFY', `[unexpected] a port of ours changed ${words}`)
  } catch (error) {
    await remove()
    throw error
  }
  return { name, bridgeMac: before.mac, detach: remove }
}

interface Described {
  readonly mac: string
  readonly mtu: string
  /** Somebody gave it its MAC, so that it follows no port (addr_assign_type 3, linux/netdevice.h). */
  readonly fixed: boolean
}

async function describe(bridge: string, host: Host): Promise<Described> {
  const [mac, mtu, assigned] = await Promise.all(
    ['address', 'mtu', 'addr_assign_type'].map(async name =>
      (await host.files.read(`/sys/class/net/${bridge}/${name}`))?.trim(),
    ),
  )
  if (mac === undefined || mtu === undefined)
    throw new TaskfenceError('E_UNSUPPORTED', `there is no bridge ${bridge} any more`)
  return { mac, mtu, fixed: assigned === '3' }
}

function refuseToChange(bridge: Interface, now: Described, mac: string, network: NetworkFacts): void {
  if (!bridge.up) throw new NobodyThereError(`${bridge.name} is down`)
  if (now.fixed) return
  if (!network.interfaces.some(link => link.master === bridge.name))
    throw new NobodyThereError(`nobody is on ${bridge.name}, whose MAC a port of ours would change`)
  if (now.mac >= mac)
    throw new TaskfenceError('E_UNSUPPORTED', `a port of ours would change the MAC of ${bridge.name}`)
}

function changed(bridge: string, before: Described, now: Described): string | undefined {
  const words = (['mac', 'mtu'] as const)
    .filter(key => before[key] !== now[key])
    .map(key => `its ${key} from ${before[key]} to ${now[key]}`)
  return words.length === 0 ? undefined : `${bridge}: ${words.join(', ')}`
}

const hexByte = (value: number): string => (value & 0xff).toString(16).padStart(2, '0')
