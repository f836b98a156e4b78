import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Lab } from './lab.js'
import { find } from './tools.js'

/**
 * A branch of net_cls, which is a controller of version 1 alone. It is mounted where this machine does not see it; a lab
 * cannot mount it first, as only the first cgroup namespace may.
 */
export interface NetCls {
  /** The lab then has the branch at /sys/fs/cgroup/net_cls. */
  readonly enter: (lab: Lab) => Promise<void>
  /** Resolves when the branch is gone; it goes when its last process has ended. */
  readonly remove: () => Promise<void>
}

/** Undefined: this machine has no net_cls, or may not mount it. */
export async function netCls(): Promise<NetCls | undefined> {
  const branch = `taskfence-net-cls-${process.pid}`
  const keeper = spawn(find('unshare'), ['--mount', '--', find('sh'), '-c', keeperScript(branch)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const closed = once(keeper, 'close')
  const isThere = await Promise.race([once(keeper.stdout, 'data').then(() => true), closed.then(() => false)])
  if (!isThere) return undefined
  return {
    enter: async lab => {
      await lab.must(['sh', '-ec', enterScript(branch)])
    },
    remove: async () => {
      keeper.stdin.end()
      await closed
    },
  }
}

const keeperScript = (branch: string): string =>
  [
    `mount -t cgroup -o net_cls cgroup /mnt 2> /dev/null && mkdir /mnt/${branch} || exit 1`,
    'echo there; cat > /dev/null',
    `for turn in $(seq 100); do find /mnt/${branch} -depth -type d -exec rmdir {} + && exit 0; sleep 0.1; done`,
  ].join('\n')

const enterScript = (branch: string): string =>
  [
    'mount -t cgroup -o net_cls cgroup /mnt',
    'mkdir /sys/fs/cgroup/net_cls',
    `mount --bind /mnt/${branch} /sys/fs/cgroup/net_cls`,
    'umount /mnt',
  ].join('\n')
