import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { FileError } from '../model/errors.js'
import { asFileError, codeOf } from './node-errors.js'

const largest = 1024 * 1024

/** As Files.readText promises. */
// eslint-disable-next-line @typescript-eslint/require-await -- a failure must reject, not throw
export async function readText(path: string): Promise<string | null> {
  return take(path, 0)?.text ?? null
}

export interface Taken {
  readonly text: string
  /** Another file, another owner, another content: another mark. The text counts beside it, as clocks are coarse. */
  readonly mark: string
}

/** null: there is no such file. Whole, and in one go: nothing else of this program runs between. */
export function take(path: string, flags: number): Taken | null {
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
