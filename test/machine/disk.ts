import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mustExecute } from '../lab/execute.js'
import { find } from '../lab/tools.js'
import { rootPath, type RootName } from './roots.js'

/** Where the machine's file system lies in its base; what it changes is in memory. */
export const diskPath = '/run/machine/root'

/** Folders that overlayfs cannot lie on, as the machine's own root is one: Docker keeps its layers there. */
export const plainFolders = ['/var/lib/docker', '/var/lib/containerd'] as const

/** What the base's first process runs: this machine is read-only from there, and the machine's disk lies in memory over its root. */
export const mountLines = (root: RootName, cgroups: readonly string[]): string =>
  [
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'umount --recursive --lazy /sys/fs/cgroup',
    'mount -t sysfs sysfs /sys',
    ...cgroups,
    'mkdir /sys/fs/cgroup/machine',
    ...['upper', 'work', 'root', ...plainFolders].map(folder => `mkdir -p /run/machine/${folder}`),
    `mount -t overlay overlay -o lowerdir=${rootPath(root)},upperdir=/run/machine/upper,workdir=/run/machine/work ${diskPath}`,
    'while read -r _ _ _ _ point _; do case "$point" in',
    '/proc*|/sys*|/dev*|/run*) ;;',
    '*) mount -o remount,bind,ro "$point" 2>/dev/null || true ;; esac; done < /proc/self/mountinfo',
    'if [ -w /usr ]; then echo "this machine stays writable" >&2; exit 1; fi',
  ].join('\n')

/** A program where it begins with "#!". What stood there goes, a link included. */
export function place(disk: string, path: string, text: string): void {
  const target = join(disk, path)
  mkdirSync(dirname(target), { recursive: true })
  rmSync(target, { force: true })
  writeFileSync(target, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 })
}

/** As `systemctl enable` does for a unit of multi-user.target. */
export function enable(disk: string, unit: string): void {
  const folder = join(disk, '/etc/systemd/system/multi-user.target.wants')
  mkdirSync(folder, { recursive: true })
  rmSync(join(folder, unit), { force: true })
  symlinkSync(`/usr/lib/systemd/system/${unit}`, join(folder, unit))
}

export const install = (disk: string): Promise<string> =>
  mustExecute([
    find('env'),
    `PATH=${process.env['PATH'] ?? ''}`,
    'make',
    '--silent',
    'install',
    `DESTDIR=${disk}`,
  ])
