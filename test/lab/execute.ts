import { spawn } from 'node:child_process'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ExecOptions {
  readonly input?: string
  /** Added to the lab's own few variables; undefined removes one. */
  readonly env?: Environment
  /** Milliseconds; 20,000 when left out. */
  readonly timeoutMs?: number
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Resolves for any exit code; rejects when the program is missing, is ended by a signal, or takes too long. */
export function execute(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const [file = '', ...args] = argv
  return new Promise((resolve, reject) => {
    // A group of its own: nsenter forks, and a time-out must end both.
    const child = spawn(file, args, { env: {}, detached: true })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const timeoutMs = options.timeoutMs ?? 20_000
    let late = false
    const clock = setTimeout(() => {
      late = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, timeoutMs)
    child.on('error', error => {
      clearTimeout(clock)
      reject(error)
    })
    child.on('close', (code, signal) => {
      clearTimeout(clock)
      if (code !== null) resolve({ exitCode: code, stdout, stderr })
      else
        reject(new Error(`${argv.join(' ')}: ${late ? `took longer than ${timeoutMs} ms` : String(signal)}`))
    })
    // A program that does not read its input may be gone before it is written.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
}

/** Rejects for any exit code but 0, with what the program said. */
export async function mustExecute(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(argv, options)
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${stderr || stdout}`)
  return stdout
}
