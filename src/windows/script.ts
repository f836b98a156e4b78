import type { Command, CommandResult } from '../model/command.js'
import { CommandError, ParseError } from '../model/errors.js'

/**
 * The PowerShell that every Windows Server has, by its full path: a program of that name in the folder someone happens
 * to be in, or first in the PATH, is not asked.
 */
export const powershell = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe'

/** A script of ours. What it is told goes in as arguments or as JSON on standard input, and never into a command line. */
export function scriptCommand(
  folder: string,
  script: string,
  args: readonly string[],
  { input, timeoutMs }: { readonly input?: object; readonly timeoutMs: number },
): Command {
  const path = `${folder}\\${script}`
  return {
    file: powershell,
    args: ['-NoProfile', '-NonInteractive', '-File', path, ...args],
    // ASCII alone: the console's code page has no say in it.
    ...(input === undefined ? {} : { input: ascii(JSON.stringify(input)) }),
    timeoutMs,
  }
}

const ascii = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * The one JSON object that a script printed, whatever its exit code says of it. Rejects with a CommandError without one.
 * It is the last line: PowerShell prints warnings ("Waiting for service 'IP Helper' to start...") to standard output too.
 */
export function answerOf(command: Command, result: CommandResult): unknown {
  const text = result.stdout.trim().replace(/^[^]*\n/, '')
  if (text === '') throw new CommandError(command, result, { hint: policyHint(result.stderr) })
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ParseError(command.args[3] ?? '', text, 'not JSON', { cause })
  }
}

/** A host may let no script run at all. */
const policyHint = (stderr: string): string =>
  /ExecutionPolicy|execution_policies/.test(stderr)
    ? 'Allow local scripts with `Set-ExecutionPolicy RemoteSigned`, and unblock ours with `Get-ChildItem -Recurse | Unblock-File`.'
    : 'Run the script by hand to see what it says.'
