import type { Command, CommandResult } from './command.js'
import type { ResourceId, State } from './resource.js'

export type ErrorCode =
  | 'E_USAGE'
  | 'E_POLICY'
  | 'E_UNSUPPORTED'
  | 'E_PRIVILEGE'
  | 'E_BUSY'
  | 'E_COMMAND'
  | 'E_FILE'
  | 'E_PARSE'
  | 'E_VERIFY'

export class TaskfenceError extends Error {
  /** What the operator can do about it. */
  readonly hint: string | undefined

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly hint?: string } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint
  }

  /** For a log. The name of a class is a letter in the built program. */
  override toString(): string {
    return this.message
  }
}

/** A program is missing, timed out, or gave an exit code with no meaning here. Quotes argv and stderr. */
export class CommandError extends TaskfenceError {
  constructor(
    readonly command: Command,
    readonly result: CommandResult | undefined,
    options: { readonly cause?: unknown; readonly hint?: string; readonly message?: string } = {},
  ) {
    super('E_COMMAND', options.message ?? describe(command, result), options)
  }
}

function describe(command: Command, result: CommandResult | undefined): string {
  const argv = [command.file, ...command.args].join(' ')
  if (result === undefined) return `\`${argv}\` did not answer`
  if (result.exitCode === 127) return `\`${command.file}\` is not installed`
  const words = result.stderr.trim().split('\n')[0]
  return `\`${argv}\` ended with exit code ${result.exitCode}${words ? `: ${words}` : ''}`
}

/** A file could not be read or written, or is not what may be written (a symbolic link, a directory). */
export class FileError extends TaskfenceError {
  constructor(
    readonly path: string,
    message: string,
    options: { readonly cause?: unknown; readonly hint?: string } = {},
  ) {
    super('E_FILE', `${path}: ${message}`, options)
  }
}

/** Text of a known source that cannot be understood. */
export class ParseError extends TaskfenceError {
  constructor(
    readonly source: string,
    readonly excerpt: string,
    message: string,
    options: { readonly cause?: unknown; readonly hint?: string } = {},
  ) {
    super('E_PARSE', `${source}: ${message}: ${JSON.stringify(excerpt.slice(0, 120))}`, options)
  }
}

/** Written, read back, and still different. */
export class VerifyError extends TaskfenceError {
  constructor(
    readonly id: ResourceId,
    readonly wanted: State,
    readonly observed: State,
  ) {
    super(
      'E_VERIFY',
      `${id} was written, but reads back as ${observed ?? 'absent'} instead of ${wanted ?? 'absent'}`,
    )
  }
}

/** Errors of one resource: they become outcomes and never stop the others. */
export type ResourceError = CommandError | FileError | ParseError | VerifyError

export const isResourceError = (error: unknown): error is ResourceError =>
  error instanceof CommandError ||
  error instanceof FileError ||
  error instanceof ParseError ||
  error instanceof VerifyError
