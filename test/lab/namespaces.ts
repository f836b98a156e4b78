import { spawn, type ChildProcess } from 'node:child_process'
import type { OwnCgroups } from './cgroups.js'
import { mountScript, type Mounts } from './mounts.js'
import { find } from './tools.js'

/** A network namespace that lives as long as the process that holds it, which lives as long as our end of its pipe. */
export interface Namespace {
  readonly pid: number
  stop(): Promise<void>
}

/** The lab's own user (where not root), mount, process and network namespace: the "host". */
export interface Base extends Namespace {
  /** Runs the program in the lab, in the network namespace given or the host's. Ends with the lab, whatever happens. */
  enter(argv: readonly string[], network?: Namespace): readonly string[]
  /** Runs the program of this machine, with its own files, in a network namespace of the lab. */
  enterNetwork(argv: readonly string[], network?: Namespace): readonly string[]
}

export async function openBase(mounts: Omit<Mounts, 'cgroups'>, cgroups?: OwnCgroups): Promise<Base> {
  const script = mountScript({ ...mounts, cgroups: cgroups?.mounts })
  if (cgroups !== undefined) return openBranch(script, cgroups)
  const argv = unshare(script)
  if (process.getuid?.() === 0) return baseOf(await hold(argv), [])
  // In two steps: files of /proc/net belong to the root that is known when the network namespace is made.
  const asUser = [find('unshare'), '--user', '--map-root-user', ...argv]
  return baseOf(await hold(asUser), ['--user', '--preserve-credentials'])
}

/** As root, in cgroups of its own; the script makes the mounts. */
export async function openBranch(script: string, cgroups: OwnCgroups): Promise<Base> {
  try {
    const held = await hold(cgroups.enter(unshare(script)))
    const stop = () => held.stop().then(() => cgroups.remove())
    return { ...baseOf(held, [`--cgroup=/proc/${held.pid}/ns/cgroup`]), stop }
  } catch (error) {
    await cgroups.remove()
    throw error
  }
}

const unshare = (script: string): readonly string[] => [
  find('unshare'),
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--mount-proc',
  '--kill-child',
  'sh',
  '-ec',
  // The shell stays: the first process of a process namespace has to reap the orphans.
  `${script}\necho ready\ncat\nexit 0`,
]

function baseOf(held: Namespace, others: readonly string[]): Base {
  const nsenter = [find('nsenter'), `--target=${held.pid}`, ...others]
  // The holder stands outside the process namespace it made for its child.
  const pid = `--pid=/proc/${held.pid}/ns/pid_for_children`
  // In a chroot the root of the mount namespace would be the machine's.
  const root = `--root=/proc/${held.pid}/root`
  const net = (network: Namespace | undefined) => `--net=/proc/${(network ?? held).pid}/ns/net`
  return {
    ...held,
    enter: (argv, network) => [...nsenter, '--mount', root, pid, net(network), '--', ...argv],
    enterNetwork: (argv, network) => [...nsenter, net(network), '--', ...argv],
  }
}

/** `sysctls`: what its kernel is told before it has a link. */
export function openNamespace(
  base: Base,
  sysctls: Readonly<Record<string, string>> = {},
): Promise<Namespace> {
  const script = [
    'for set in all default; do echo 0 > /proc/sys/net/ipv6/conf/$set/accept_dad || true; done',
    ...Object.entries(sysctls).map(([key, value]) => `echo ${value} > /proc/sys/${key}`),
    'echo ready',
    'exec cat',
  ].join('\n')
  return hold(base.enterNetwork([find('unshare'), '--net', find('sh'), '-ec', script]))
}

/** Resolves when the program has said "ready". */
function hold(argv: readonly string[]): Promise<Namespace> {
  const [file = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('exit', code => {
      reject(new Error(`no namespace: ${args.at(0) ?? file} ended with ${String(code)}: ${stderr.trim()}`))
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!text.includes('ready') || child.pid === undefined) return
      resolve({ pid: child.pid, stop: () => end(child) })
    })
    child.stdin.on('error', () => undefined)
  })
}

function end(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve()
      return
    }
    child.on('exit', () => {
      resolve()
    })
    child.stdin?.end()
    child.kill('SIGKILL')
  })
}
