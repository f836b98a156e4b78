import type { Files } from '../host/host.js'
import type { Culprit } from '../model/watch.js'

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
  return { pid, command: argv.join(' ') || command, unit: unitOf(cgroup ?? '') }
}

/** The innermost unit or scope of a /proc/PID/cgroup text: "0::/system.slice/docker.service" → "docker.service". */
export function unitOf(cgroup: string): string | null {
  const units = cgroup
    .split('\n')
    .flatMap(line => line.split(':').slice(2).join(':').split('/'))
    .filter(name => /\.(service|scope)$/.test(name))
  return units.at(-1) ?? null
}
