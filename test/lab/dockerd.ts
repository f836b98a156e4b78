import { execute, mustExecute } from './execute.js'
import type { Engine } from './container.js'
import { importImage } from './image.js'
import type { Lab } from './lab.js'
import { lookUp } from './tools.js'

/** Docker's own engine on a lab's host. It ends with the lab, its containers too. */
export interface Dockerd extends Engine {
  /** Resolves once it answers. Options are added to those of the first start. */
  start(...options: readonly string[]): Promise<void>
  /** TERM or KILL; resolves once it is gone. */
  stop(signal?: 'TERM' | 'KILL'): Promise<void>
  /** SIGHUP: it reads its settings again. */
  reload(): Promise<void>
}

/** Why no lab here can have an engine; undefined: it can. */
export const whyNoDockerd = (): string | undefined =>
  lookUp('dockerd') === undefined ? 'dockerd is not installed' : undefined

/** On a lab that has cgroups of its own and no bridges; the engine makes its own. */
export async function startDockerd(lab: Lab, ...options: readonly string[]): Promise<Dockerd> {
  // As on a host that has just booted: the engine turns forwarding on, and then has FORWARD drop.
  await lab.must(['sysctl', '-qw', 'net.ipv4.ip_forward=0'])
  const docker = (...args: readonly string[]) => lab.must(['docker', ...args]).then(text => text.trim())
  const engine: Engine = { docker, path: path => lab.path(path) }
  const signal = (name: string) => lab.must(['sh', '-c', `kill -${name} $(cat ${pidFile})`])
  const dockerd: Dockerd = {
    ...engine,
    start: (...more) => start(lab, [...options, ...more]),
    stop: async (name = 'TERM') => {
      await signal(name)
      await lab.must([
        'sh',
        '-c',
        `while kill -0 $(cat ${pidFile}); do sleep 0.02; done 2> /dev/null; rm -f ${pidFile}`,
      ])
    },
    reload: () => signal('HUP').then(() => undefined),
  }
  await dockerd.start()
  await importImage(argv => lab.enter(argv))
  return dockerd
}

const pidFile = '/run/docker.pid'
const log = '/run/docker.log'

async function start(lab: Lab, options: readonly string[]): Promise<void> {
  await lab.must([
    'sh',
    '-c',
    // In the lab's cgroups, where containers are looked for beside the engine.
    'for tree in /sys/fs/cgroup /sys/fs/cgroup/*; do [ ! -w $tree/cgroup.procs ] || echo $$ > $tree/cgroup.procs; done 2> /dev/null\n' +
      `exec setsid "$@" >> ${log} 2>&1 < /dev/null &`,
    'sh',
    ...['dockerd', '--data-root=/run/docker-data', ...options],
  ])
  for (const end = Date.now() + 20_000; ;) {
    const { exitCode } = await execute(lab.enter(['docker', 'version']))
    if (exitCode === 0) return
    const running =
      (await execute(lab.enter(['sh', '-c', `! [ -s ${pidFile} ] || kill -0 $(cat ${pidFile})`])))
        .exitCode === 0
    if (!running || Date.now() > end)
      throw new Error(`dockerd does not answer: ${await mustExecute(lab.enter(['cat', log]))}`)
    await new Promise(resolve => setTimeout(resolve, 30))
  }
}
