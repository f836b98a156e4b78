import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { Command, CommandResult } from '../model/command.js'
import { CommandError } from '../model/errors.js'
import type { Host } from './host.js'
import { noteChild } from './node-children.js'
import { elapsedMs } from './node-clock.js'
import { nodeFiles } from './node-files.js'

/** This machine. */
export function nodeHost(): Host {
  return {
    osFamily: process.platform === 'win32' ? 'windows' : 'linux',
    run,
    find,
    start: async command => (await import('./node-child.js')).startChild(command),
    http: async request => (await import('./node-http.js')).nodeHttp(request),
    files: nodeFiles,
    // In the built program this is the path of its file.
    scripts: () => join(dirname(import.meta.url.replace(/^file:\/\//, '')), 'windows'),
    now: () => new Date(),
    elapsedMs,
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- as every door to the machine
async function find(name: string): Promise<string | null> {
  for (const folder of environment().PATH?.split(delimiter) ?? []) {
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isFile() === true && (found.mode & 0o111) !== 0) return realpathSync.native(path)
  }
  return null
}

const defaultTimeoutMs = 10_000
const largestOutput = 256 * 1024 * 1024

/** Node's own spawn: loading execa takes longer than all the reads of a look, and each call of it twice as long. */
function run(command: Command): Promise<CommandResult> {
  const { input, timeoutMs = defaultTimeoutMs } = command
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, command.args, {
      env: command.env === undefined ? environment() : { ...environment(), ...command.env },
      stdio: [
        input === undefined ? 'ignore' : 'pipe',
        'pipe',
        command.withoutErrors === true ? 'ignore' : 'pipe',
      ],
    }) as ChildProcessByStdio<Writable | null, Readable, Readable | null>
    noteChild(child)
    let failure: CommandError | null = null
    const giveUp = (what: string, cause?: unknown) => {
      failure ??= unfinished(command, what, cause)
      child.kill('SIGKILL')
      // Whoever else holds them would keep us waiting.
      child.stdout.destroy()
      child.stderr?.destroy()
    }
    const clock = setTimeout(giveUp, timeoutMs, `did not answer in ${timeoutMs / 1000} s`)
    const tooMuch = () => {
      giveUp('printed more than 256 MiB')
    }
    const stdout = collect(child.stdout, tooMuch)
    const stderr = child.stderr === null ? () => '' : collect(child.stderr, tooMuch)
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(clock)
      if (error.code === 'ENOENT')
        resolve({ exitCode: 127, stdout: '', stderr: `${command.file}: not found\n` })
      else reject(unfinished(command, `was not carried out: ${error.message}`, error))
    })
    child.on('close', (exitCode, signal) => {
      clearTimeout(clock)
      if (failure !== null) reject(failure)
      else if (exitCode === null)
        reject(unfinished(command, `was not carried out: ${signal ?? 'no exit code'}`))
      else resolve({ exitCode, stdout: stdout(), stderr: stderr() })
    })
    // A program that does not read its input to the end is not at fault.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

/** process.env asks the system for each name anew. */
let copied: NodeJS.ProcessEnv | undefined
const environment = (): NodeJS.ProcessEnv => (copied ??= { ...process.env, LC_ALL: 'C' })

function collect(stream: Readable, tooMuch: () => void): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (piece: string) => {
    text += piece
    if (text.length > largestOutput) tooMuch()
  })
  return () => text
}

function unfinished(command: Command, what: string, cause?: unknown): CommandError {
  const message = `\`${[command.file, ...command.args].join(' ')}\` ${what}`
  return new CommandError(command, undefined, { message, cause })
}
