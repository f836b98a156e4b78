import type { Files } from '../host/host.js'
import type { Culprit } from '../model/watch.js'
import { commandWords } from './command-words.js'

/**
 * Who a pid is, while /proc still tells; null: this program, or a child of it. `command` is netfilter's short name,
 * for a process that is gone already.
 */
export async function culpritOf(
  pid: number,
  command: string,
  isOurs: (pid: number) => boolean,
  files: Pick<Files, 'read'>,
): Promise<Culprit | null> {
  if (isOurs(pid)) return null
  const read = (name: string) => files.read(`/proc/${pid}/${name}`).catch(() => null)
  const [cmdline, cgroup] = await Promise.all([read('cmdline'), read('cgroup')])
  const argv = (cmdline ?? '').split('\0').filter(word => word !== '')
  return { pid, command: commandWords(argv) || command, unit: unitOf(cgroup ?? '') }
}

/**
 * The container of a /proc/PID/cgroup text, else its innermost unit or scope: "0::/system.slice/docker.service" →
 * "docker.service". Beside trees of v1, what runs in a container may be in the engine's unit in the tree of v2.
 */
export function unitOf(cgroup: string): string | null {
  const names = cgroup.split('\n').flatMap(line => line.split(':').slice(2).join(':').split('/'))
  const container = names.find(name => /(^|-)[0-9a-f]{64}(\.scope)?$/.test(name))
  if (container !== undefined)
    return /^[0-9a-f]+$/.test(container) ? `container ${container.slice(0, 12)}` : container
  return names.findLast(name => /\.(service|scope)$/.test(name)) ?? null
}
