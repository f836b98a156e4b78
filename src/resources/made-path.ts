import type { MadePath } from '../model/trace.js'
import type { ResourceKind } from './kind.js'

/** Goes once nothing is in it any more; a file with a line or a folder with a name in it is used. */
export const madePath: ResourceKind<MadePath> = {
  id: ({ path }) => `made for taskfence: ${path}`,

  async read({ path }, { host: { files } }) {
    const standing = await files.stat(path)
    if (standing?.kind === 'folder') return (await files.list(path))?.length === 0 ? 'empty' : null
    return standing?.kind === 'file' && (await files.read(path)) === '' ? 'empty' : null
  },

  async write(writes, { files }) {
    for (const { resource, state } of writes) {
      if (state !== null) continue
      const standing = await files.stat(resource.path)
      if (standing?.kind === 'folder') await files.removeFolder(resource.path)
      else if (standing?.kind === 'file' && (await files.read(resource.path)) === '')
        await files.remove(resource.path)
    }
  },
}
