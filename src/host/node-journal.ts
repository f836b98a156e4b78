import { constants } from 'node:fs'
import { open, rename, type FileHandle } from 'node:fs/promises'
import { FileError } from '../model/errors.js'
import type { Journal } from './journal.js'
import { asFileError, codeOf } from './node-errors.js'

/** The journals of this machine. */
export const nodeJournal: Journal = {
  async end(path, bytes) {
    try {
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
      try {
        const { size } = await refuseOdd(file, path)
        const { buffer, bytesRead } = await file.read({
          buffer: Buffer.alloc(Math.min(bytes, size)),
          position: Math.max(0, size - bytes),
        })
        return { text: buffer.toString('utf8', 0, bytesRead), size }
      } finally {
        await file.close()
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw asFileError(path, error)
    }
  },
  async append(path, text) {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
    try {
      const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
      try {
        const { size } = await refuseOdd(file, path)
        try {
          await file.writeFile(text)
          await file.datasync()
        } catch (error) {
          // A full disk takes the part that fits.
          await file.truncate(size).catch(() => undefined)
          throw error
        }
      } finally {
        await file.close()
      }
    } catch (error) {
      throw asFileError(path, error)
    }
  },
  async rename(path, to) {
    try {
      await rename(path, to)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw asFileError(path, error)
    }
  },
}

async function refuseOdd(file: FileHandle, path: string) {
  const found = await file.stat()
  if (!found.isFile()) throw new FileError(path, 'is not a regular file', { hint: 'look who made it' })
  return found
}
