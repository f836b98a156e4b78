import { execFile, type ExecFileException } from 'node:child_process'
import type { Command, CommandResult } from '../model/command.js'
import { CommandError } from '../model/errors.js'
import type { Host } from './host.js'
import { nodeFiles } from './node-files.js'

/** This machine. */
export function nodeHost(): Host {
  return {
    osFamily: process.platform === 'win32' ? 'windows' : 'linux',
    run,
    start: async command => (await import('./node-child.js')).startChild(command),
    http: async request => (await import('./node-http.js')).nodeHttp(request),
    files: nodeFiles,
    now: () => new Date(),
  }
}

const defaultTimeoutMs = 10_000
const largestOutput = 256 * 1024 * 1024

/** Node's own execFile: loading execa takes longer than all the reads of a look, and each call of it twice as long. */
function run(command: Command): Promise<CommandResult> {
  const timeoutMs = command.timeoutMs ?? defaultTimeoutMs
  const options = {
    env: { ...process.env, LC_ALL: 'C' },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: largestOutput,
    encoding: 'utf8',
  } as const
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint()
    const isLate = () => Number(process.hrtime.bigint() - began) / 1e6 >= timeoutMs
    const child = execFile(command.file, command.args, options, (error, stdout, stderr) => {
      // One that ended well and left its output open to somebody else may be cut off in the middle.
      if (isLate()) reject(unfinished(command, error, `did not answer in ${timeoutMs / 1000} s`))
      else if (error === null) resolve({ exitCode: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr })
      else if (isMissing(error))
        resolve({ exitCode: 127, stdout: '', stderr: `${command.file}: not found\n` })
      else reject(unfinished(command, error, `was not carried out: ${error.signal ?? error.message}`))
    })
    // A program that does not read its input to the end is not at fault.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(command.input ?? '')
  })
}

const isMissing = (error: ExecFileException): boolean => String(error.code) === 'ENOENT'

function unfinished(command: Command, cause: unknown, what: string): CommandError {
  const message = `\`${[command.file, ...command.args].join(' ')}\` ${what}`
  return new CommandError(command, undefined, { message, cause })
}
