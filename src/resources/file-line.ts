import { FileError } from '../model/errors.js'
import type { FileLine } from '../model/resource.js'
import { editStanding } from './edit-standing.js'
import type { ResourceKind } from './kind.js'

/** A line of ours after all lines of others. A file that is not there is not made: nobody would load it. */
export const fileLine: ResourceKind<FileLine> = {
  id: ({ path, line }) => `line ${JSON.stringify(line)} in ${path}`,

  async read({ path, line }, look) {
    const lines = linesOf((await look.file(path)) ?? '')
    return lines.includes(line) ? (lines.at(-1) === line ? 'present' : 'not the last line') : null
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      const { path, line } = resource
      const standing = await host.files.read(path)
      if (standing === null && state === null) continue
      if (standing === null) throw new FileError(path, 'there is no such file')
      await editStanding(path, host, text => {
        const others = text.split('\n').filter(one => one !== line)
        if (state === null) return others.join('\n')
        return [...(others.at(-1) === '' ? others.slice(0, -1) : others), line, ''].join('\n')
      })
    }
  },
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter(line => line.trim() !== '')
