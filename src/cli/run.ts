import { TaskfenceError } from '../model/errors.js'
import { choosePaint } from '../report/paint.js'
import { parseArguments } from './arguments.js'
import type { Command as Argv } from '../model/command.js'
import type { Call, Command } from './command.js'
import { commands } from './commands/index.js'
import { exitOfError, exits, type Exit } from './exit.js'
import { openLog, type Log } from './logger.js'
import { onlyKnown } from './only.js'
import type { Options } from './options.js'
import type { Parts } from './parts.js'

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** What surrounds the program. Passed in, so that a test is a call. */
export interface Surroundings {
  readonly parts: Parts
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** 0 is root; undefined where users have no number. */
  readonly userId: number | undefined
  readonly pid: number
  /** What starts this program again, without arguments. */
  readonly self: Argv
  onSignal(name: 'SIGHUP' | 'SIGTERM' | 'SIGINT', act: () => void): void
  /** For the log. */
  now(): Date
}

/** One run of the program. Never rejects: what goes wrong is one line on standard error and an exit code. */
export async function run(argv: readonly string[], around: Surroundings): Promise<Exit> {
  let debug = false
  try {
    const asked = await parseArguments(argv, commands, around.stdout.columns ?? 80)
    if (asked.kind === 'print') {
      around.stdout.write(asked.text)
      return exits.ok
    }
    debug = asked.options.logLevel === 'debug'
    return await runCommand(asked.command, asked.options, asked.words, around)
  } catch (error) {
    around.stderr.write(`taskfence: ${errorLine(error)}\n`)
    if (debug) around.stderr.write(`${stackOf(error)}\n`)
    return exitOfError(error)
  }
}

async function runCommand(
  command: Command,
  options: Options,
  words: readonly string[],
  around: Surroundings,
): Promise<Exit> {
  if (command.needsRoot && options.root === undefined && (around.userId ?? 0) !== 0) {
    throw new TaskfenceError(
      'E_PRIVILEGE',
      `${command.name} must run as root: nobody else may read netfilter`,
      {
        hint: `Try \`sudo taskfence ${command.name}\`.`,
      },
    )
  }
  const log = openLog({
    level: options.logLevel,
    format: options.logFormat,
    isJournal: around.env['JOURNAL_STREAM'] !== undefined,
    write: text => around.stderr.write(text),
    now: () => around.now(),
  })
  try {
    return await command.run(callOf(options, words, log, around))
  } finally {
    await log.flush()
  }
}

function callOf(options: Options, words: readonly string[], log: Log, around: Surroundings): Call {
  const { parts, stdout } = around
  return {
    options,
    words,
    parts,
    log,
    pid: around.pid,
    env: around.env,
    onSignal: (name, act) => {
      around.onSignal(name, act)
    },
    ending: () =>
      new Promise(resolve => {
        for (const name of ['SIGTERM', 'SIGINT'] as const)
          around.onSignal(name, () => {
            resolve(name)
          })
      }),
    paint: choosePaint({ color: options.color, isTerminal: stdout.isTTY === true, env: around.env }),
    width: stdout.columns ?? 100,
    print: text => void stdout.write(text),
    tell: text => void around.stderr.write(`${oneLine(text)}\n`),
    isTerminal: around.stderr.isTTY === true,
    // Up a line, and clear it.
    retell: text => void around.stderr.write(`\u001b[1A\u001b[2K${oneLine(text)}\n`),
    self: around.self,
    policy: async host => {
      const { loadPolicy } = await import('./policy/load.js')
      const from = host === undefined || options.policy !== undefined ? await parts.host() : host
      return loadPolicy(options.policy, from, await parts.controls())
    },
    only: async () =>
      options.only.length === 0 ? undefined : onlyKnown(options.only, await parts.controls()),
  }
}

const errorLine = (error: unknown): string => {
  if (!(error instanceof TaskfenceError))
    return `[unexpected] ${oneLine(String(error))}. Try again with --log-level debug.`
  const message = oneLine(error.message)
  const sentence = /[.?!]$/.test(message) ? message : `${message}.`
  return error.hint === undefined ? sentence : `${sentence} ${oneLine(error.hint)}`
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? '') : '')

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' / ')
