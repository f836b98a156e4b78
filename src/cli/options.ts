import { TaskfenceError } from '../model/errors.js'
import type { Format } from '../report/formats.js'
import type { OsFamily } from '../model/facts.js'
import { roleKinds, type RoleKind } from '../model/iam.js'
import type { Command } from './command.js'
import { optionNames, optionWords, shellOption, type OptionName } from './option-words.js'
import { logFormats, logLevels, type LogFormat, type LogLevel } from './logger.js'

/** What was asked on the command line, understood once. */
export interface Options {
  readonly format: Format
  /** undefined: the default path, where a missing file means the defaults. */
  readonly policy: string | undefined
  /** Control ids as typed; empty: all. */
  readonly only: readonly string[]
  readonly color: boolean
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  readonly lockWaitSeconds: number
  readonly live: boolean
  readonly verify: boolean
  readonly restartAgent: boolean
  readonly dryRun: boolean
  readonly unconfirmed: boolean
  readonly confirmWithinSeconds: number | undefined
  /** The root folder of an image; undefined: this machine. */
  readonly root: string | undefined
  /** Of the `iam` commands, --format asff and ssm-compliance, as typed. */
  readonly account: string | undefined
  readonly region: string | undefined
  readonly instance: string | undefined
  readonly buckets: readonly string[]
  readonly role: RoleKind | undefined
  /** Of what is printed for the launch of an instance, or of a container. */
  readonly os: OsFamily | undefined
  readonly initialize: boolean
  readonly cluster: string | undefined
  readonly containerShell: ContainerShell | undefined
  readonly withMetadata: boolean
}

export type ContainerShell = 'powershell' | 'cmd'

/** Those that every command prints. */
export const plainFormats: readonly Format[] = ['text', 'json']

/** Of every command that asks about a host. */
export const hostOptions: readonly OptionName[] = ['format', 'policy', 'only', 'no-color', 'log-level']

/** Rejects values nobody could mean with E_USAGE. `given` holds what yargs found, by option name. */
export function understand(
  given: Readonly<Record<string, unknown>>,
  { name: command, options, formats = plainFormats, logLevel = 'warn' }: Command,
  commands: readonly Command[],
): Options {
  const stray = optionNames.find(name => isGiven(given[name]) && !options.includes(name))
  if (stray !== undefined) {
    const owners = commands.filter(other => other.options.includes(stray)).map(({ name }) => name)
    throw usage(`--${stray} belongs to ${owners.join(', ')}, not to ${command}`, command)
  }
  return {
    format: oneOf('format', text(given, 'format', command), formats, command) ?? 'text',
    policy: text(given, 'policy', command),
    only: list(given, 'only', command),
    color: given['no-color'] !== true,
    logLevel: oneOf('log-level', text(given, 'log-level', command), logLevels, command) ?? logLevel,
    logFormat: oneOf('log-format', text(given, 'log-format', command), logFormats, command) ?? 'text',
    lockWaitSeconds: seconds('lock-wait', text(given, 'lock-wait', command), command) ?? 30,
    live: given['live'] === true,
    verify: given['verify'] === true,
    restartAgent: given['restart-agent'] === true,
    dryRun: given['dry-run'] === true,
    unconfirmed: given['unconfirmed'] === true,
    confirmWithinSeconds: seconds('confirm-within', text(given, 'confirm-within', command), command),
    root: text(given, 'root', command),
    account: text(given, 'account', command),
    region: text(given, 'region', command),
    instance: text(given, 'instance-id', command),
    buckets: list(given, 'bucket', command),
    os: oneOf('os', text(given, 'os', command), optionWords.os.values, command),
    initialize: given['initialize'] === true,
    cluster: text(given, 'cluster', command),
    containerShell: oneOf(
      shellOption,
      text(given, shellOption, command),
      optionWords[shellOption].values,
      command,
    ),
    withMetadata: given['with-metadata'] === true,
    role: oneOf('role', text(given, 'role', command), roleKinds, command),
  }
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== false

export const usage = (message: string, command?: string): TaskfenceError =>
  new TaskfenceError('E_USAGE', message, {
    hint: `See \`taskfence ${command === undefined ? '' : `${command} `}--help\`.`,
  })

function text(
  given: Readonly<Record<string, unknown>>,
  name: OptionName,
  command: string,
): string | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  if (Array.isArray(value)) throw usage(`--${name} was given ${value.length} times`, command)
  if (typeof value !== 'string' || value === '') throw usage(`--${name} needs a value`, command)
  return value
}

function list(
  given: Readonly<Record<string, unknown>>,
  name: OptionName,
  command: string,
): readonly string[] {
  const values: readonly unknown[] = [given[name] ?? []].flat()
  if (
    values.some(value => typeof value !== 'string' || value === '') ||
    (given[name] !== undefined && values.length === 0)
  )
    throw usage(`--${name} needs a value`, command)
  return [...new Set(values as readonly string[])]
}

function oneOf<T extends string>(
  name: OptionName,
  value: string | undefined,
  allowed: readonly T[],
  command: string,
): T | undefined {
  if (value === undefined) return undefined
  const found = allowed.find(candidate => candidate === value)
  if (found === undefined)
    throw usage(
      `--${name} ${JSON.stringify(value)}: expected ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1) ?? ''}`,
      command,
    )
  return found
}

function seconds(name: OptionName, value: string | undefined, command: string): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || number > 86_400)
    throw usage(`--${name} ${JSON.stringify(value)}: expected seconds from 0 to 86400`, command)
  return number
}
