import { randomUUID } from 'node:crypto'
import { constants, readFileSync } from 'node:fs'
import { lstat, mkdir, open, readdir, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FileError } from '../model/errors.js'
import type { Files } from './host.js'

/** The file system of this machine. */
export const nodeFiles: Files = {
  // Most of what is read is a line of /proc, which is there at once: a thread of its own takes longer than the read.
  read: path => unlessMissing(path, () => Promise.resolve(readFileSync(path, 'utf8'))),

  async list(path) {
    return unlessMissing(path, async () => (await readdir(path)).sort())
  },

  async link(path) {
    return unlessMissing(path, async () => {
      try {
        return await readlink(path)
      } catch (error) {
        if (codeOf(error) === 'EINVAL') return null
        throw error
      }
    })
  },

  async mkdir(path, mode) {
    try {
      await mkdir(path, { mode })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw asFileError(path, error)
      if (!(await lstat(path)).isDirectory()) throw new FileError(path, 'is not a folder')
    }
  },

  async poke(path, text) {
    try {
      await writeFile(path, text, { flag: constants.O_WRONLY })
    } catch (error) {
      throw asFileError(path, error)
    }
  },

  async write(path, text, options = {}) {
    const temporary = join(dirname(path), `.taskfence-${randomUUID()}`)
    const mode = options.mode ?? 0o644
    try {
      await refuseOddTarget(path)
      const file = await open(temporary, 'wx', mode)
      try {
        // The umask has a say in open(), and none here.
        await file.chmod(mode)
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      await syncFolder(dirname(path))
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw asFileError(path, error)
    }
  },

  async remove(path) {
    try {
      await rm(path, { force: true })
    } catch (error) {
      throw asFileError(path, error)
    }
  },
}

async function refuseOddTarget(path: string): Promise<void> {
  const target = await unlessMissing(path, () => lstat(path))
  if (target !== null && !target.isFile())
    throw new FileError(path, target.isSymbolicLink() ? 'is a symbolic link' : 'is not a regular file', {
      hint: 'taskfence writes regular files only; look who made it',
    })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function unlessMissing<T>(path: string, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    throw asFileError(path, error)
  }
}

function asFileError(path: string, error: unknown): FileError {
  if (error instanceof FileError) return error
  return new FileError(path, error instanceof Error ? error.message : String(error), { cause: error })
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
