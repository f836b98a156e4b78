import type { Host } from '../host/host.js'
import type { Command as Argv } from '../model/command.js'
import type { ControlId, DaemonPolicy } from '../model/policy.js'
import type { Format } from '../report/formats.js'
import type { Paint } from '../report/paint.js'
import type { Exit } from './exit.js'
import type { Log, LogLevel } from './logger.js'
import type { OptionName, Values } from './option-words.js'
import type { Options } from './options.js'
import type { Parts } from './parts.js'

/** One thing to type. */
export interface Command {
  /** What is typed: "check", or two words of a group, "iam lint". */
  readonly name: string
  /** "explain [control]" */
  readonly synopsis: string
  /** How many words may follow its name. */
  readonly words: number
  /** What those can be, where it can be listed. */
  readonly completes?: Values
  /** Its options, beside --help. */
  readonly options: readonly OptionName[]
  /** What --format takes; text and json where it is not told. */
  readonly formats?: readonly Format[]
  /** From which level on it logs where nobody says; warn where it is not told. */
  readonly logLevel?: LogLevel
  /** One line of the help. */
  readonly summary: string
  /** More of the help: what it writes, and its exit codes. */
  readonly story: string
  /** iptables cannot even be read otherwise. */
  readonly needsRoot: boolean
  run(call: Call): Promise<Exit>
}

/** Everything a command may use. */
export interface Call {
  readonly options: Options
  /** What follows the command's name. */
  readonly words: readonly string[]
  readonly parts: Parts
  readonly paint: Paint
  /** Columns of the terminal; 100 when it is none. */
  readonly width: number
  readonly log: Log
  readonly pid: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Acts at each such signal of the system, from now on. */
  onSignal(name: 'SIGHUP', act: () => void): void
  /** Resolves with its name when the program is told to end; it is on the command to do so. */
  ending(): Promise<'SIGTERM' | 'SIGINT'>
  /** Standard output. */
  print(text: string): void
  /** A line on standard error for whoever waits. */
  readonly tell: (text: string) => void
  /** Somebody looks on: standard error is a terminal. */
  readonly isTerminal: boolean
  /** In the place of the line told last; only on a terminal. */
  readonly retell: (text: string) => void
  /** What starts this program again. */
  readonly self: Argv
  /** The file that --policy names, on this machine; without it the one of the host. Rejects with E_POLICY. */
  policy(host?: Host): Promise<DaemonPolicy>
  /** The controls asked with --only; undefined: all. Rejects with E_USAGE for one that does not exist. */
  only(): Promise<readonly ControlId[] | undefined>
}
