import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { constants, renameSync } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FileError } from '../model/errors.js'
import { asFileError } from './node-errors.js'
import { take, type Taken } from './node-text.js'
import { syncFolder } from './node-writes.js'

const attempts = 5

/** As Files.edit promises. */
export async function edit(path: string, change: (text: string | null) => string): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = take(path, constants.O_NOFOLLOW)
    const text = change(before?.text ?? null)
    if (text === before?.text || (await replaced(path, before, text))) return
  }
  throw new FileError(path, `somebody else wrote it each of the ${attempts} times it was to be written`, {
    hint: 'look who writes it, and try again',
  })
}

/** False where the file is not any more what was read. */
async function replaced(path: string, before: Taken | null, text: string): Promise<boolean> {
  const folder = dirname(path)
  const prefix = `.${basename(path)}.taskfence-`
  const temporary = join(folder, `${prefix}${randomUUID()}`)
  let trouble = ''
  try {
    // A run that was killed may have left one, with whatever is secret in the file.
    for (const name of await readdir(folder)) if (name.startsWith(prefix)) await rm(join(folder, name))
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      if (before === null) await file.chmod(0o644)
      else trouble = await takeAttributes(path, temporary)
      await file.utimes(new Date(), new Date())
      await file.sync()
    } finally {
      await file.close()
    }
    const now = take(path, constants.O_NOFOLLOW)
    if (now?.mark !== before?.mark || now?.text !== before?.text) return false
    if (trouble !== '') throw new FileError(path, `its attributes cannot be kept: ${trouble}`)
    // Rename knows no condition: microseconds lie between that look and this.
    renameSync(temporary, path)
    await syncFolder(folder)
    return true
  } catch (error) {
    throw asFileError(path, error)
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** Owner, mode, access lists, security label and the other extended attributes: Node sets only the first two. '' or what went wrong. */
function takeAttributes(from: string, to: string): Promise<string> {
  const args = ['--attributes-only', '--preserve=all', '--', from, to]
  const env = { ...process.env, LC_ALL: 'C' }
  return new Promise(resolve => {
    // cp(1): with "all", an attribute that cannot be kept is a warning and no failure.
    execFile('cp', args, { env, timeout: 5000, killSignal: 'SIGKILL' }, (error, _stdout, stderr) => {
      resolve(stderr.trim() || (error?.message ?? ''))
    })
  })
}
