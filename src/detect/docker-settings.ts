import { switchOf } from '../ecs-config/switch.js'
import type { Host } from '../host/host.js'
import { TaskfenceError } from '../model/errors.js'
import type { DockerFacts } from '../model/facts.js'
import { flag, text } from './json.js'

export type DaemonSettings = Pick<DockerFacts, 'bridgeNone' | 'liveRestore' | 'userlandProxy'>

/**
 * What dockerd was told, by its options or by daemon.json: it takes a setting from one of them alone. null: neither says.
 * Of the proxy no engine tells, so the default counts where the options of the one that runs can be read.
 */
export async function daemonSettings(host: Host): Promise<DaemonSettings> {
  const [settings, options] = await Promise.all([daemonFile(host), daemonOptions(host)])
  const bridge = valueOf(options ?? [], '--bridge', '-b') ?? text(settings, 'bridge')
  const proxy = switchIn(options ?? [], '--userland-proxy') ?? flag(settings, 'userland-proxy')
  return {
    bridgeNone: bridge === null ? null : bridge === 'none',
    liveRestore: switchIn(options ?? [], '--live-restore') ?? flag(settings, 'live-restore'),
    userlandProxy: proxy ?? (options === null ? null : true),
  }
}

/** null: there is none, or it cannot be read. */
async function daemonFile(host: Host): Promise<unknown> {
  try {
    return JSON.parse((await host.files.read('/etc/docker/daemon.json')) ?? '{}')
  } catch (error) {
    if (error instanceof TaskfenceError || error instanceof SyntaxError) return null
    throw error
  }
}

/** null: none runs, or it cannot be read. A file that was left behind may have the number of another process. */
async function daemonOptions({ files }: Host): Promise<readonly string[] | null> {
  try {
    const pid = /^\d+$/.exec((await files.read('/run/docker.pid'))?.trim() ?? '')?.[0]
    if (pid === undefined) return null
    const [program = '', ...options] = ((await files.read(`/proc/${pid}/cmdline`)) ?? '').split('\0')
    return /(?:^|\/)dockerd$/.test(program) ? options : null
  } catch (error) {
    if (error instanceof TaskfenceError) return null
    throw error
  }
}

/** "--bridge=none", "--bridge none", "-b none"; the last one counts. null: it is not there. */
function valueOf(options: readonly string[], ...names: readonly string[]): string | null {
  const found = options.flatMap((option, index) => {
    const name = names.find(name => option === name || option.startsWith(`${name}=`))
    if (name === undefined) return []
    return option === name ? (options[index + 1] ?? []) : option.slice(name.length + 1)
  })
  return found.at(-1) ?? null
}

/** "--live-restore", "--live-restore=false": alone it is on. */
function switchIn(options: readonly string[], name: string): boolean | null {
  const found = options.findLast(option => option === name || option.startsWith(`${name}=`))
  return found === undefined ? null : found === name || switchOf(found.slice(name.length + 1))
}
