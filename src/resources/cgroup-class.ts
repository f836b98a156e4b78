import type { Files } from '../host/host.js'
import { FileError } from '../model/errors.js'
import type { CgroupClass, State } from '../model/resource.js'
import { classNumber, taskClass } from '../netfilter/cgroup-class.js'
import type { ResourceKind } from './kind.js'

/**
 * What is made below a cgroup inherits its class; what is there already, and its sockets, have to be given it. A class
 * that somebody else gave (tc shapes by it) is told and left.
 */
export const cgroupClass: ResourceKind<CgroupClass> = {
  id: ({ path }) => `class of ${path}`,

  async read({ path, apart }, look, wanted) {
    const found = await classesBelow(path, look.host.files)
    const isOurs = found.some(({ value }) => value === classNumber)
    if (wanted === null) return isOurs ? taskClass : null
    if (found.every(({ value }) => value === 0)) return null
    const astray = found.filter(({ below, value }) => value !== wantedOf(below, apart, wanted))
    if (astray.length === 0) return wanted
    const foreign = astray.find(({ value }) => isForeign(value))
    if (foreign !== undefined) return `${hex(foreign.value)} of somebody else`
    return isOurs ? `${taskClass}, but not in all that is below` : null
  },

  async write(writes, { files }) {
    for (const { resource, state } of writes) {
      const found = await classesBelow(resource.path, files)
      const foreign = found.find(({ value }) => isForeign(value))
      if (foreign !== undefined && state !== null)
        throw new FileError(foreign.path, `has the class ${hex(foreign.value)}, which is not ours`, {
          hint: 'look who classes the packets of tasks (`tc filter show`); the policy can turn imds-host off',
        })
      for (const { path, below, value } of found) {
        const wanted = wantedOf(below, resource.apart, state)
        if (value !== wanted && !isForeign(value)) await giveClass(path, wanted, files)
      }
    }
  },
}

interface Found {
  readonly path: string
  /** Its way from the cgroup that was asked for: ["<task>", "<container>"]. */
  readonly below: readonly string[]
  readonly value: number
}

/** The outermost first, so that what is made meanwhile inherits what was just given. One that goes meanwhile is none. */
async function classesBelow(
  path: string,
  files: Pick<Files, 'list' | 'read'>,
  below: readonly string[] = [],
): Promise<readonly Found[]> {
  const text = await files.read(`${path}/net_cls.classid`)
  if (text === null) return []
  const inside: Found[] = []
  for (const name of (await files.list(path)) ?? [])
    inside.push(...(await classesBelow(`${path}/${name}`, files, [...below, name])))
  return [{ path, below, value: Number(text.trim()) }, ...inside]
}

const wantedOf = ([name]: readonly string[], apart: readonly string[], state: State): number =>
  state === null || (name !== undefined && apart.includes(name)) ? 0 : classNumber

const isForeign = (value: number): boolean => value !== 0 && value !== classNumber

async function giveClass(path: string, value: number, files: Pick<Files, 'read' | 'poke'>): Promise<void> {
  const file = `${path}/net_cls.classid`
  try {
    await files.poke(file, `${value}\n`)
  } catch (error) {
    if ((await files.read(file)) !== null) throw error
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`
