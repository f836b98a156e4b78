import { fstatSync, writeSync } from 'node:fs'
import type { Output } from './run.js'

/** Standard output of this process. Opening Node's stream of it takes 3 ms, so only a terminal gets one: it has a width. On Windows it is no file of number 1. */
export const standardOutput = (): Output =>
  process.platform === 'win32' || fstatSync(1).isCharacterDevice() ? stream() : { write: writeAll }

function writeAll(text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Somebody else made this pipe one that does not wait: the stream knows how to.
    if (code === 'EAGAIN') stream().write(bytes.subarray(written))
    else if (!isReaderGone(error)) throw error
  }
}

function stream(): NodeJS.WriteStream {
  return process.stdout.on('error', error => {
    if (!isReaderGone(error)) throw error
  })
}

/** `taskfence facts | head -1`: the reader left, which is no error of ours. */
const isReaderGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EPIPE'
