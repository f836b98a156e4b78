import { isUtf8 } from 'node:buffer'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FileError } from '../model/errors.js'
import { asFileError, codeOf, syncFolder } from './node-writes.js'

const largest = 1024 * 1024
const attempts = 5

/** As Files.readText promises. */
// eslint-disable-next-line @typescript-eslint/require-await -- a failure must reject, not throw
export async function readText(path: string): Promise<string | null> {
  return take(path, 0)?.text ?? null
}

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

interface Taken {
  readonly text: string
  /** Another file, another owner, another content: another mark. The text counts beside it, as clocks are coarse. */
  readonly mark: string
}

/** null: there is no such file. Whole, and in one go: nothing else of this program runs between. */
function take(path: string, flags: number): Taken | null {
  let file
  try {
    // A pipe without a writer would keep us waiting.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags)
    const stats = fstatSync(file, { bigint: true })
    if (!stats.isFile()) throw odd(path, `is ${stats.isDirectory() ? 'a folder' : 'not a regular file'}`)
    if (stats.size > largest) throw odd(path, `is larger than ${largest / 1024 / 1024} MiB`)
    const bytes = readFileSync(file)
    if (bytes.includes(0)) throw odd(path, 'is no text: there are NUL bytes in it')
    if (!isUtf8(bytes)) throw odd(path, 'is not text in UTF-8')
    return { text: bytes.toString('utf8'), mark: [stats.dev, stats.ino, stats.ctimeNs].join(' ') }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    if (codeOf(error) === 'ELOOP') throw odd(path, 'is a symbolic link')
    throw asFileError(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

const odd = (path: string, message: string): FileError =>
  new FileError(path, message, { hint: 'taskfence edits plain text files only; look who made it' })

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
