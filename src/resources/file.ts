import { FileError } from '../model/errors.js'
import type { Look } from '../look/look.js'
import type { ManagedFile, State } from '../model/resource.js'
import type { ResourceKind } from './kind.js'
import { systemdFolder, writeDurable } from './write-durable.js'

/** A file that is wholly ours: any other text or mode is drift. A symbolic link in its place could not be told, and is never followed. */
export const file: ResourceKind<ManagedFile> = {
  id: ({ path }) => `file ${path}`,
  read: (resource, look) => readOwn(resource, look),
  batch: ({ path }) => (path.startsWith(systemdFolder) ? 'systemd' : `file ${path}`),
  write: writeDurable,
}

/** Its text, led by a word about a mode that is not ours. */
export async function readOwn(
  { path, mode }: Pick<ManagedFile, 'path' | 'mode'>,
  look: Look,
): Promise<State> {
  const standing = await look.host.files.stat(path)
  if (standing === null) return null
  if (standing.kind !== 'file')
    throw new FileError(path, standing.kind === 'link' ? 'is a symbolic link' : 'is not a regular file', {
      hint: 'look who made it, and remove it',
    })
  const text = await look.file(path)
  if (text === null || standing.mode === mode) return text
  return `mode ${standing.mode.toString(8)} instead of ${mode.toString(8)}\n${text}`
}
