import { FileError } from '../model/errors.js'

export function asFileError(path: string, error: unknown): FileError {
  if (error instanceof FileError) return error
  return new FileError(path, error instanceof Error ? error.message : String(error), { cause: error })
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
