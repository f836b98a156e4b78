import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { execute } from '../lab/execute.js'
import type { Base } from '../lab/namespaces.js'
import { find } from '../lab/tools.js'
import { diskPath, plainFolders } from './disk.js'
import { vpcBridge } from './network.js'
import { firstProcessUnder } from './process.js'

/** The switch of a machine. */
export interface Power {
  /** Resolves when systemd says that it is up, whatever failed. */
  readonly boot: () => Promise<void>
  readonly reboot: () => Promise<void>
  /** Resolves when nothing of it runs any more. */
  readonly kill: () => Promise<void>
  /** The argv that runs a program of the machine; throws while it is off. */
  readonly enter: (argv: readonly string[]) => readonly string[]
  /** The pid of its first process, as seen from here; throws while it is off. */
  readonly first: () => number
}

/** What systemd-nspawn ends with when the machine reboots. */
const rebooting = 133

export function powerOf(base: Base): Power {
  let nspawn: ChildProcess | undefined
  let console = ''
  const note = (text: Buffer) => (console = (console + text.toString()).slice(-20_000))
  const start = () => {
    const [file = '', ...args] = base.enter(nspawnArgv())
    nspawn = spawn(file, args, {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    nspawn.stdout?.on('data', note)
    nspawn.stderr?.on('data', note)
    nspawn.on('exit', code => {
      nspawn = undefined
      if (code === rebooting) start()
    })
  }
  const seen = () => (nspawn?.pid === undefined ? undefined : firstProcessUnder(nspawn.pid))
  const first = () => {
    const pid = seen()
    if (pid === undefined) throw new Error(`the machine is off: ${console}`)
    return pid
  }
  const up = async (before?: number) => {
    for (const end = Date.now() + 120_000; Date.now() < end; await pause(30)) {
      const pid = seen()
      if (pid === undefined || pid === before) continue
      const { stdout } = await execute(into(pid, ['systemctl', 'is-system-running'])).catch(() => ({
        stdout: '',
      }))
      if (['running', 'degraded'].includes(stdout.trim()) && seen() === pid) return
    }
    throw new Error(`the machine did not come up: ${console}`)
  }
  return {
    first,
    enter: argv => into(first(), argv),
    boot: async () => {
      start()
      await up()
    },
    reboot: async () => {
      const before = first()
      await execute(into(before, ['systemctl', 'reboot']))
      await up(before)
    },
    kill: async () => {
      const gone = nspawn === undefined ? undefined : once(nspawn, 'exit')
      process.kill(first(), 'SIGKILL')
      await gone
    },
  }
}

/** In cgroups of its own. Docker needs the three system calls. */
const nspawnArgv = (): readonly string[] => [
  find('sh'),
  '-c',
  'echo 0 > /sys/fs/cgroup/machine/cgroup.procs; exec "$@"',
  'sh',
  find('systemd-nspawn'),
  ...['--boot', '--quiet', '--machine=machine', `--directory=${diskPath}`, '--console=pipe'],
  ...['--register=no', '--keep-unit', `--network-bridge=${vpcBridge}`],
  ...['add_key', 'keyctl', 'bpf'].map(name => `--system-call-filter=${name}`),
  ...[...new Set([process.execPath, '/usr/bin/node'])].map(path => `--bind-ro=${process.execPath}:${path}`),
  `--bind-ro=${resolve('dist')}:/opt/taskfence`,
  ...plainFolders.map(folder => `--bind=/run/machine/${folder}:${folder}`),
]

const into = (pid: number, argv: readonly string[]): readonly string[] => [
  find('nsenter'),
  `--target=${pid}`,
  ...['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wd', '--'],
  ...['/usr/bin/env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ...['HOME=/root', 'LC_ALL=C', ...argv],
]

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))
