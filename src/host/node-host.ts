import { execa } from 'execa'
import type { Command, CommandResult } from '../model/command.js'
import { CommandError } from '../model/errors.js'
import type { Host, HttpRequest, HttpResponse } from './host.js'
import { nodeFiles } from './node-files.js'
import { startChild } from './node-child.js'

/** This machine. */
export function nodeHost(): Host {
  return {
    osFamily: process.platform === 'win32' ? 'windows' : 'linux',
    run,
    start: startChild,
    http,
    files: nodeFiles,
    now: () => new Date(),
  }
}

const defaultTimeoutMs = 10_000

async function run(command: Command): Promise<CommandResult> {
  const timeoutMs = command.timeoutMs ?? defaultTimeoutMs
  const child = execa(command.file, command.args, {
    ...(command.input === undefined ? { stdin: 'ignore' } : { input: command.input }),
    env: { LC_ALL: 'C' },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    reject: false,
    stripFinalNewline: false,
  })
  // Killing the child closes nothing that its own children hold open, and execa waits for the end of the output.
  const clock = setTimeout(() => {
    child.stdout.destroy()
    child.stderr.destroy()
  }, timeoutMs + 100)
  const result = await child.finally(() => {
    clearTimeout(clock)
  })
  if (result.exitCode !== undefined && !result.timedOut)
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr }
  if (result.code === 'ENOENT') return { exitCode: 127, stdout: '', stderr: `${command.file}: not found\n` }
  throw new CommandError(command, undefined, {
    message: result.timedOut
      ? `\`${[command.file, ...command.args].join(' ')}\` did not answer in ${timeoutMs / 1000} s`
      : (result.shortMessage ?? `${command.file} was ended by a signal`),
    cause: result,
  })
}

async function http(request: HttpRequest): Promise<HttpResponse | null> {
  const { nodeHttp } = await import('./node-http.js')
  return nodeHttp(request)
}
