import type { Host } from '../host/host.js'
import type { CgroupFacts } from '../model/facts.js'
import { classNumber } from '../netfilter/cgroup-class.js'
import type { Found } from './found.js'

const root = '/sys/fs/cgroup'

/**
 * The agent puts tasks under `ecstasks.slice` where v2 is all there is, and under `/ecs` beside v1, which runc joins in
 * the tree of v2 as well (agent/api/task/task_linux.go). Only a cgroup that is there can be asked for with nft; of those
 * of v1 it knows the class that net_cls gives.
 */
export async function detectCgroups(host: Host): Promise<Found<CgroupFacts | null>> {
  const top = await host.files.list(root)
  if (top === null || top.length === 0) return { fact: null, unknown: `nothing is mounted at ${root}` }
  if (isTree(top)) return { fact: await tasksIn('v2', '', top, ['ecstasks.slice'], host) }
  const unified = (await host.files.list(`${root}/unified`)) ?? []
  if (isTree(unified))
    return { fact: await tasksIn('hybrid', 'unified/', unified, ['ecs', 'ecstasks.slice'], host) }
  return { fact: await tasksInNetCls(host) }
}

const isTree = (names: readonly string[]): boolean => names.includes('cgroup.controllers')

async function tasksIn(
  tree: CgroupFacts['tree'],
  prefix: string,
  names: readonly string[],
  wanted: readonly string[],
  host: Host,
): Promise<CgroupFacts> {
  const name = wanted.find(name => names.includes(name))
  if (name === undefined) return { tree, tasks: null, inside: [] }
  const tasks = `${prefix}${name}`
  const [inside, because] = await Promise.all([
    host.files.list(`${root}/${tasks}`),
    tryOut([`socket cgroupv2 level 1 "${tasks}"`, 'update @probe { socket cgroupv2 level 2 }'], host),
  ])
  return {
    tree,
    tasks,
    // The kernel's own files have a dot: cgroup.procs, memory.max.
    inside: (inside ?? []).filter(name => /\.(slice|scope)$|^[^.]+$/.test(name)),
    ...(because === undefined ? {} : { because }),
  }
}

/** systemd mounts it together with net_prio, and links to that under this name. */
const netCls = 'net_cls'
const nothing = { tree: 'v1', tasks: null, inside: [] } as const

async function tasksInNetCls(host: Host): Promise<CgroupFacts> {
  if ((await host.files.list(`${root}/${netCls}`)) === null)
    return { ...nothing, because: `net_cls is not mounted at ${root}/${netCls}` }
  const tasks = `${netCls}/ecs`
  const own = await classOf(tasks, host)
  if (own === null) return nothing
  const names = (await host.files.list(`${root}/${tasks}`)) ?? []
  const found = await Promise.all(
    names.map(async name => ({ name, value: await classOf(`${tasks}/${name}`, host) })),
  )
  const inside = found.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]))
  const [alike, because] = await Promise.all([
    Promise.all(inside.map(({ name, value }) => isAlike(`${tasks}/${name}`, value, host))),
    tryOut([`meta cgroup ${classNumber}`], host),
  ])
  const known = inside.filter((_task, index) => alike[index])
  return {
    tree: 'v1',
    tasks,
    inside: inside.map(({ name }) => name),
    ...(because === undefined ? {} : { because }),
    classes: Object.fromEntries([
      [tasks, own],
      ...known.map(({ name, value }) => [`${tasks}/${name}`, value] as const),
    ]),
  }
}

/** null: no cgroup, but one of the kernel's files. */
async function classOf(cgroup: string, { files }: Host): Promise<number | null> {
  const text = await files.read(`${root}/${cgroup}/net_cls.classid`)
  return text === null ? null : Number(text.trim())
}

/** Containers sit a level below their task. */
async function isAlike(task: string, own: number, host: Host): Promise<boolean> {
  const names = (await host.files.list(`${root}/${task}`)) ?? []
  const classes = await Promise.all(names.map(name => classOf(`${task}/${name}`, host)))
  return classes.every(found => found === null || found === own)
}

/** Why it cannot, in nft's words. A fence that stands shows that it can; else it is asked with `nft -c`, whose transaction is never committed. */
async function tryOut([match = '', ...more]: readonly string[], host: Host): Promise<string | undefined> {
  const standing = await host.run({ file: 'nft', args: ['-j', 'list', 'table', 'inet', 'taskfence_host'] })
  if (standing.exitCode === 127) return '`nft` is not installed'
  if (standing.stdout.includes(more.length > 0 ? '"cgroupv2"' : '"cgroup"')) return undefined
  const table = 'inet taskfence_probe'
  const input = [
    `add table ${table}`,
    ...(more.length > 0
      ? [`add set ${table} probe { type cgroupsv2; size 65535; flags dynamic,timeout; timeout 1d; counter; }`]
      : []),
    `add chain ${table} probe { type filter hook output priority -310; policy accept; }`,
    `add rule ${table} probe ${[match, ...more].join(' ')}`,
    '',
  ].join('\n')
  const result = await host.run({ file: 'nft', args: ['-c', '-f', '-'], input })
  if (result.exitCode === 0) return undefined
  return result.stderr.trim().split('\n')[0] || `nft -c ended with exit code ${result.exitCode}`
}
