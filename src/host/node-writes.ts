import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, lstat, mkdir, open, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FileError } from '../model/errors.js'
import type { Files } from './host.js'
import { asFileError, codeOf } from './node-errors.js'

/** As Files.mkdir promises. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
    // The umask has a say in mkdir(), and none here.
    await chmod(path, mode)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw asFileError(path, error)
    if (!(await lstat(path)).isDirectory()) throw new FileError(path, 'is not a folder')
  }
}

/** As Files.poke promises. */
export async function poke(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: constants.O_WRONLY })
  } catch (error) {
    throw asFileError(path, error)
  }
}

/** As Files.write promises. */
export async function replaceFile(...[path, text, options = {}]: Parameters<Files['write']>): Promise<void> {
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
    await putInPlace(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw asFileError(path, error)
  }
}

/** As Files.symlink promises. */
export async function replaceLink(path: string, target: string): Promise<void> {
  const temporary = join(dirname(path), `.taskfence-${randomUUID()}`)
  try {
    const standing = await found(path)
    if (standing !== null && !standing.isSymbolicLink())
      throw new FileError(path, 'is not a symbolic link', { hint: 'look who made it' })
    await symlink(target, temporary)
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw asFileError(path, error)
  }
}

/** As Files.remove promises. */
export async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (error) {
    throw asFileError(path, error)
  }
}

/** As Files.removeFolder promises. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rmdir(path)
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw asFileError(path, error)
  }
}

const renames = 200
const betweenRenames = 25

/** Windows renames onto no file that somebody reads: a virus scanner, a reader of ours. It is over in a moment. */
async function putInPlace(temporary: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(temporary, path)
      return
    } catch (error) {
      const isHeld = process.platform === 'win32' && heldCodes.has(codeOf(error) ?? '')
      if (!isHeld || attempt === renames) throw error
      await new Promise(resolve => setTimeout(resolve, betweenRenames))
    }
  }
}

const heldCodes = new Set(['EPERM', 'EACCES', 'EBUSY'])

async function refuseOddTarget(path: string): Promise<void> {
  const target = await found(path)
  if (target !== null && !target.isFile())
    throw new FileError(path, target.isSymbolicLink() ? 'is a symbolic link' : 'is not a regular file', {
      hint: 'taskfence writes regular files only; look who made it',
    })
}

const found = (path: string) =>
  lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })

/** What was renamed in it stands after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder, and its file system logs a rename itself.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
