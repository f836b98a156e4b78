import type { RulesFileLines } from '../model/resource.js'
import { countLines, mergeLines } from '../netfilter/rules-file.js'
import { editStanding } from './edit-standing.js'
import type { ResourceKind } from './kind.js'

/**
 * Our lines in the file that the system's own restore service loads, which otherwise flushes us. Where there is no
 * such file nothing is loaded and nothing is flushed.
 */
export const rulesFileLines: ResourceKind<RulesFileLines> = {
  id: ({ path }) => `lines of taskfence in ${path}`,

  async read({ path, lines, tags }, look, wanted) {
    const text = await look.file(path)
    if (text === null) return wanted
    if (mergeLines(text, path, wanted === null ? [] : lines, tags) === text) return wanted
    const count = countLines(text, tags)
    return count === 0 ? null : `${count} lines, not as wanted`
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      const { path, lines, tags } = resource
      if ((await host.files.read(path)) === null) continue
      const wanted = state === null ? [] : lines
      await editStanding(path, host, text => mergeLines(text, path, wanted, tags))
    }
  },
}
