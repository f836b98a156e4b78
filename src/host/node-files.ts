import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { FileError } from '../model/errors.js'
import type { Files, FileStat } from './host.js'
import { readText } from './node-text.js'

const writes = () => import('./node-writes.js')
const edits = () => import('./node-edit.js')

/**
 * The file system of this machine. Most of what is read is a line of /proc, which is there at once: a thread of its
 * own takes longer than the read. What writing takes is loaded by the first write.
 */
export const nodeFiles: Files = {
  read: path => unlessMissing(path, () => readFileSync(path, 'utf8')),
  readText,
  edit: async (path, change) => (await edits()).edit(path, change),
  list: path => unlessMissing(path, () => readdirSync(path).sort()),
  link: path => unlessMissing(path, () => readlinkSync(path), 'EINVAL'),
  stat: path => unlessMissing(path, found => statOf(found)),
  mkdir: async (path, mode) => (await writes()).makeFolder(path, mode),
  poke: async (path, text) => (await writes()).poke(path, text),
  write: async (path, text, options) => (await writes()).replaceFile(path, text, options),
  symlink: async (path, target) => (await writes()).replaceLink(path, target),
  remove: async path => (await writes()).remove(path),
  removeFolder: async path => (await writes()).removeFolder(path),
}

const statOf = (found: Stats): FileStat => ({
  kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other',
  mode: found.mode & 0o7777,
  inode: found.ino,
})

/** Most files asked for are not there: an exception for each would take longer than the reads. */
// eslint-disable-next-line @typescript-eslint/require-await -- a failure must reject, not throw
async function unlessMissing<T>(path: string, read: (found: Stats) => T, other?: string): Promise<T | null> {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false })
    return found === undefined ? null : read(found)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || (code !== undefined && code === other)) return null
    throw new FileError(path, message, { cause: error })
  }
}
