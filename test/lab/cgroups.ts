import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { find } from './tools.js'

/** hybrid: version 1 controllers and the unified tree beside them; v1: without it; v2: the unified tree alone. */
/** Shell that removes a group whose last process has just ended: the kernel lets go of it a moment later. A second at most. */
export const removeLeft = (path: string): string =>
  `{ for turn in 1 2 3 4 5 6 7 8 9; do rmdir ${path} 2>/dev/null && break; sleep 0.1; done; test ! -e ${path} || rmdir ${path}; }`

export type CgroupTree = 'hybrid' | 'v1' | 'v2'

/** A branch of this machine's cgroups, which the lab sees as the whole tree. */
export interface OwnCgroups {
  /** The argv that runs the program in the branch, with the branch as its root. */
  enter(argv: readonly string[]): readonly string[]
  /** Shell lines for the lab's own mounts. */
  readonly mounts: readonly string[]
  /** Resolves when the branch is gone. Whatever becomes of us, it goes when its last process has ended. */
  remove(): Promise<void>
}

const root = '/sys/fs/cgroup'

/** Why no lab here can have cgroups of its own; undefined: it can. */
export function whyNoCgroups(tree: CgroupTree): string | undefined {
  if (process.getuid?.() !== 0) return 'cgroups of its own need root'
  const folders = foldersHere()
  if (tree !== 'v2' && !folders.includes('memory')) return 'this machine has no cgroup v1'
  if (tree !== 'v1' && unifiedOf(folders) === undefined) return 'this machine has no cgroup v2'
  return undefined
}

let made = 0

export function ownCgroups(tree: CgroupTree): OwnCgroups {
  const folders = foldersHere()
  const unified = unifiedOf(folders)
  const legacy = unified === root ? [] : folders.filter(name => name !== 'unified')
  const name = `taskfence-lab-${process.pid}-${(made += 1)}`
  const branches = [
    ...legacy.map(folder => `${root}/${folder}`),
    ...(unified === undefined ? [] : [unified]),
  ].map(parent => `${parent}/${name}`)
  const reaper = spawn(find('sh'), ['-c', reaperScript(branches)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const gone = new Promise<void>(resolve =>
    reaper.on('close', () => {
      resolve()
    }),
  )
  return {
    enter: argv => [
      find('sh'),
      '-ec',
      enterScript(branches),
      'sh',
      find('unshare'),
      '--cgroup',
      '--',
      ...argv,
    ],
    mounts: mountLines(tree, legacy),
    remove: () => {
      reaper.stdin.end()
      return gone
    },
  }
}

function foldersHere(): readonly string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
  } catch {
    return []
  }
}

const unifiedOf = (folders: readonly string[]): string | undefined =>
  folders.includes('unified') ? `${root}/unified` : folders.includes('memory') ? undefined : root

/** A cpuset takes no process before it has processors and memory. */
const enterScript = (branches: readonly string[]): string =>
  [
    `for branch in ${branches.join(' ')}`,
    'do mkdir "$branch"',
    'for own in cpuset.cpus cpuset.mems; do [ ! -e "$branch/../cgroup.clone_children" ] || [ ! -e "$branch/$own" ] || cat "$branch/../$own" > "$branch/$own"; done',
    'echo $$ > "$branch/cgroup.procs"',
    'done',
    'exec "$@"',
  ].join('\n')

/** Waits for the end of its input, then for the last process of the branches. */
const reaperScript = (branches: readonly string[]): string =>
  [
    'cat > /dev/null',
    'for turn in $(seq 100); do left=',
    `for branch in ${branches.join(' ')}; do [ ! -d "$branch" ] || { find "$branch" -depth -type d -exec rmdir {} + || left=yes; }; done`,
    '[ -n "$left" ] || exit 0',
    'sleep 0.1',
    'done',
  ].join('\n')

/** Docker shares out the root of the unified tree, which then may hold no process itself. */
const mountLines = (tree: CgroupTree, legacy: readonly string[]): readonly string[] => {
  const unified = (point: string) => [
    `mount -t cgroup2 cgroup2 ${point}`,
    `mkdir ${point}/init`,
    `echo 0 > ${point}/init/cgroup.procs`,
  ]
  return tree === 'v2'
    ? unified(root)
    : [
        `mount -t tmpfs -o mode=755 tmpfs ${root}`,
        ...legacy.flatMap(name => [
          `mkdir ${root}/${name}`,
          `mount -t cgroup -o ${name === 'systemd' ? 'none,name=systemd' : name} cgroup ${root}/${name}`,
        ]),
        ...(tree === 'hybrid' ? [`mkdir ${root}/unified`, ...unified(`${root}/unified`)] : []),
      ]
}
