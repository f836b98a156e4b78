import type { Host } from '../host/host.js'
import type { Command, CommandResult } from '../model/command.js'
import { CommandError } from '../model/errors.js'

/** Rejects with a CommandError for any exit code but 0. */
export async function must(command: Command, host: Host): Promise<CommandResult> {
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result)
  return result
}

/** The command, in the network namespace of a process; its files are the host's. */
export const inside = (pid: number, { file, args, ...rest }: Command): Command => ({
  file: 'nsenter',
  args: [`--net=/proc/${pid}/ns/net`, '--', file, ...args],
  ...rest,
})

/** Many `ip` commands in one process, a line each; it stops at the first that fails. */
export const ip = (lines: readonly string[]): Command => ({
  file: 'ip',
  args: ['-batch', '-'],
  input: `${lines.join('\n')}\n`,
})
