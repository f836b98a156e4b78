import type { FenceFile, FenceTable, State } from '../model/resource.js'
import { fenceFileText, parseFenceFile, type FileRule } from './fence-file-text.js'
import { readOwn } from './file.js'
import type { ResourceKind } from './kind.js'
import { writeDurable } from './write-durable.js'

const mode = 0o644

/** The fence as a file. A run that asks only some controls compares and writes their rules, and leaves the others' as they stand. */
export const fenceFile: ResourceKind<FenceFile> = {
  id: ({ path }) => `file ${path}`,

  async read({ path, table, tags }, look) {
    const text = await readOwn({ path, mode }, look)
    if (text === null || tags === null) return text
    const rules = parseFenceFile(table, text)
    // Edited by somebody: nothing in it can be told apart.
    if (fenceFileText(table, rules) !== text) return text
    return stateOf(table, rules.filter(isAsked(tags)))
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      const { path, table, tags } = resource
      const standing = tags === null ? [] : parseFenceFile(table, (await host.files.read(path)) ?? '')
      const kept = standing.filter(rule => !isAsked(tags)(rule))
      const text = stateOf(table, [...kept, ...parseFenceFile(table, state ?? '')])
      await writeDurable([{ resource: { kind: 'file', path, mode }, state: text }], host)
    }
  },
}

const isAsked =
  (tags: readonly string[] | null) =>
  ({ resource }: FileRule): boolean =>
    tags?.includes(resource.tag) ?? true

const stateOf = (table: FenceTable, rules: readonly FileRule[]): State =>
  rules.length === 0 ? null : fenceFileText(table, rules)
