import { dirname } from 'node:path'
import type { Host } from '../../host/host.js'
import type { Signals } from '../../host/signals.js'
import type { Facts, IpFamily } from '../../model/facts.js'
import type { WatchPolicy } from '../../model/policy.js'
import type { Report } from '../../model/report.js'
import { cgroupWatches } from '../../triggers/cgroup-watch.js'
import { culpritOf } from '../../triggers/culprit.js'
import { dockerEvents } from '../../triggers/docker-events.js'
import { linkMonitor } from '../../triggers/link-monitor.js'
import { nftMonitor } from '../../triggers/nft-monitor.js'
import { poll } from '../../triggers/poll.js'
import { schedule } from '../../triggers/schedule.js'
import type { Trigger } from '../../triggers/trigger.js'
import { watched } from '../../triggers/watched.js'

export interface Wanted {
  readonly facts: Facts
  readonly policy: WatchPolicy
  /** Of the last look; null: there was none. */
  readonly report: Report | null
}

/** Half of what it takes to see a rule of legacy iptables gone, of which no event tells; about 2 ms of work each. */
const legacyPollMs = 400

/** Values of the kernel, and folders that hold what is ours, the agent's, or the firewall's. */
const watchedPaths = [
  '/proc/sys/net/ipv4/conf/all/route_localnet',
  '/proc/sys/net/ipv4/conf/default/route_localnet',
  '/etc/taskfence',
  '/etc/ecs',
  '/var/lib/ecs',
  '/etc/sysctl.d',
  '/etc/sysconfig',
  '/etc/iptables',
]

/**
 * Answers with all reasons to look that a host can give, by what a look found of it: with the same ones as before where
 * nothing changed about them. What could not be told is as it was told last, and what was watched once is watched on.
 */
export function triggersOf(host: Host, signals: Signals): (wanted: Wanted) => Promise<readonly Trigger[]> {
  const made = new Map<string, readonly Trigger[]>()
  const same = (key: string, make: () => readonly Trigger[]): readonly Trigger[] => {
    const triggers = made.get(key) ?? make()
    made.set(key, triggers)
    return triggers
  }
  const paths = new Set<string>()
  let told: Told | undefined
  return async ({ facts, policy, report }) => {
    told = lastTold(facts, told)
    const { nft, docker, cgroups, iptables } = told
    for (const path of [...watchedPaths, ...foldersOf(report)])
      if (!paths.has(path) && (await isThere(path, host))) paths.add(path)
    return [
      ...same(`schedule ${policy.schedule} ${policy.jitterSeconds}`, () => [
        schedule(policy.schedule, policy.jitterSeconds * 1000),
      ]),
      ...same('link-monitor', () => [linkMonitor(signals)]),
      ...(nft === null
        ? []
        : same('nft-monitor', () => [
            nftMonitor({ signals, culpritOf: (pid, command) => culpritBy(pid, command, host, signals) }),
          ])),
      ...(cgroups === null
        ? []
        : same(`cgroups ${cgroups.tree} ${cgroups.because ?? ''}`, () => cgroupWatches(cgroups, signals))),
      ...(docker === null ? [] : same('docker-events', () => [dockerEvents('/run/docker.sock', signals)])),
      ...(iptables?.backend === 'legacy'
        ? iptables.families.flatMap(family => same(`legacy ${family}`, () => [legacyPoll(family, host)]))
        : []),
      ...[...paths].flatMap(path => same(path, () => [watched(path, signals)])),
    ]
  }
}

/** The kernel tells its own number of a process. In a namespace of numbers those are somebody else's, or nobody's. */
const culpritBy = async (pid: number, command: string, { files }: Host, signals: Signals) => {
  const isKnownByIt = (await files.link('/proc/self/ns/pid')) === firstPidNamespace
  return isKnownByIt ? culpritOf(pid, command, signals.isOurs, files) : { pid, command, unit: null }
}

/** PROC_PID_INIT_INO (linux/proc_ns.h). */
const firstPidNamespace = 'pid:[4026531836]'

type Told = Pick<Facts, 'nft' | 'docker' | 'cgroups' | 'iptables'>

const lastTold = (facts: Facts, before: Told = facts): Told => {
  const of = <N extends keyof Told>(name: N): Told[N] => (name in facts.unknown ? before[name] : facts[name])
  return {
    nft: of('nft'),
    cgroups: of('cgroups'),
    iptables: of('iptables'),
    // An engine that does not answer is there.
    docker: facts.docker ?? of('docker'),
  }
}

/** Where the files stand that a look compares. */
const foldersOf = (report: Report | null): readonly string[] =>
  (report?.outcomes ?? []).flatMap(({ entry: { resource } }) => {
    if (resource.kind === 'service-unit')
      return resource.wantedBy.map(target => `/etc/systemd/system/${target}.wants`)
    return 'path' in resource ? [dirname(resource.path)] : []
  })

/** iptables-legacy-save waits for no lock; it is asked only where legacy tables are in use, so it makes none. */
const legacyPoll = (family: IpFamily, host: Host): Trigger =>
  poll(`legacy-poll ${family}`, legacyPollMs, async () => {
    const file = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save'
    const { stdout } = await host.run({ file, args: [] })
    return stdout.replace(/^#.*\n|\[\d+:\d+\]/gm, '')
  })

/** What cannot be read now may be another time. */
async function isThere(path: string, { files }: Host): Promise<boolean> {
  const found = path.startsWith('/proc/') ? files.read(path) : files.list(path)
  return (await found.catch(() => null)) !== null
}
