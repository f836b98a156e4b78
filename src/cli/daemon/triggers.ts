import type { Host } from '../../host/host.js'
import type { Signals } from '../../host/signals.js'
import type { Facts, IpFamily } from '../../model/facts.js'
import type { WatchPolicy } from '../../model/policy.js'
import { cgroupWatches } from '../../triggers/cgroup-watch.js'
import { culpritOf } from '../../triggers/culprit.js'
import { dockerEvents } from '../../triggers/docker-events.js'
import { linkMonitor } from '../../triggers/link-monitor.js'
import { nftMonitor } from '../../triggers/nft-monitor.js'
import { poll } from '../../triggers/poll.js'
import { schedule } from '../../triggers/schedule.js'
import type { Trigger } from '../../triggers/trigger.js'
import { watched } from '../../triggers/watched.js'

export interface TriggersInput {
  readonly facts: Facts
  readonly policy: WatchPolicy
  readonly host: Host
  readonly signals: Signals
}

/** Half of what it takes to see a rule of legacy iptables gone, of which no event tells; about 2 ms of work each. */
const legacyPollMs = 400

/** Values of the kernel, folders that hold what is ours, the agent's, or the firewall's, and those where cgroups of all tasks are made. */
const watchedPaths = [
  '/proc/sys/net/ipv4/conf/all/route_localnet',
  '/proc/sys/net/ipv4/conf/default/route_localnet',
  '/etc/taskfence',
  '/etc/ecs',
  '/var/lib/ecs',
  '/etc/sysctl.d',
  '/etc/sysconfig',
  '/etc/iptables',
  '/sys/fs/cgroup',
  '/sys/fs/cgroup/unified',
]

/** All reasons to look that this host can give. */
export async function triggersOf(input: TriggersInput): Promise<readonly Trigger[]> {
  const { facts, policy, host, signals } = input
  return [
    schedule(policy.schedule, policy.jitterSeconds * 1000),
    linkMonitor(signals),
    ...(facts.nft === null
      ? []
      : [
          nftMonitor({
            signals,
            culpritOf: (pid, command) => culpritOf(pid, command, signals.isOurs, host.files),
          }),
        ]),
    ...(facts.cgroups === null ? [] : cgroupWatches(facts.cgroups, signals)),
    ...(facts.docker === null ? [] : [dockerEvents('/run/docker.sock', signals)]),
    ...(facts.iptables?.backend === 'legacy'
      ? facts.iptables.families.map(family => legacyPoll(family, host))
      : []),
    ...(await existing(watchedPaths, host)).map(path => watched(path, signals)),
  ]
}

/** iptables-legacy-save waits for no lock; it is asked only where legacy tables are in use, so it makes none. */
const legacyPoll = (family: IpFamily, host: Host): Trigger =>
  poll(`legacy-poll ${family}`, legacyPollMs, async () => {
    const file = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save'
    const { stdout } = await host.run({ file, args: [] })
    return stdout.replace(/^#.*\n|\[\d+:\d+\]/gm, '')
  })

async function existing(paths: readonly string[], host: Host): Promise<readonly string[]> {
  const there = await Promise.all(
    paths.map(async path =>
      path.startsWith('/proc/')
        ? (await host.files.read(path)) !== null
        : (await host.files.list(path)) !== null,
    ),
  )
  return paths.filter((_path, index) => there[index])
}
