import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { FileError } from '../model/errors.js'
import type { Output } from './run.js'

/**
 * Standard output of this process. Opening Node's stream of it takes 3 ms, so only a terminal gets one: it has a width.
 * On Windows it is no file of number 1. `onStream`: called when one is opened, in which a text may wait to be written.
 */
export function standardOutput(onStream: () => void): Output {
  const stream = () => {
    onStream()
    return openStream()
  }
  const write = (text: string) => {
    writeAll(text, stream)
  }
  const isDirect = process.platform !== 'win32' && !isatty(1)
  return isDirect ? { write } : stream()
}

function writeAll(text: string, stream: () => NodeJS.WriteStream): void {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Somebody else made this pipe one that does not wait: the stream knows how to.
    if (code === 'EAGAIN') stream().write(bytes.subarray(written))
    else if (!isReaderGone(error))
      throw new FileError('standard output', (error as Error).message, { cause: error })
  }
}

function openStream(): NodeJS.WriteStream {
  return process.stdout.on('error', error => {
    if (!isReaderGone(error)) throw error
  })
}

/** `taskfence facts | head -1`: the reader left, which is no error of ours. */
const isReaderGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EPIPE'
