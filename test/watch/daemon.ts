import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { labEnv, taskfence, type Lab } from '../lab/lab.js'

export interface Daemon {
  /** Lines of its log so far. */
  readonly log: readonly string[]
  /** Resolves with the first line from now on that matches. Rejects after 10 s, or so many milliseconds, with what was said instead. */
  next(pattern: RegExp, timeoutMs?: number): Promise<string>
  tell(signal: NodeJS.Signals): Promise<void>
  /** Its exit code, or the signal that ended it. */
  readonly over: Promise<number | NodeJS.Signals>
  /** As `over`; it is told to end first. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>
}

/** `taskfence watch` on a throw-away host, ended with the test. Resolves when its first look has ended. */
export async function startDaemon(
  t: Test,
  lab: Lab,
  env: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  const argv = [process.execPath, taskfence, 'watch', '--log-level', 'debug']
  const [file = '', ...args] = lab.enter(argv, 'host', env)
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'pipe'], env: labEnv })
  const over = new Promise<number | NodeJS.Signals>(ended => {
    child.on('exit', (code, signal) => {
      ended(code ?? signal ?? 'SIGKILL')
    })
  })
  const log: string[] = []
  let told: (line: string) => void = () => undefined
  createInterface({ input: child.stderr }).on('line', line => {
    log.push(line)
    told(line)
  })
  const next = (pattern: RegExp, timeoutMs = 10_000) =>
    new Promise<string>((found, missed) => {
      const from = log.length
      const clock = setTimeout(() => {
        const said = log.slice(from).join(' / ')
        missed(new Error(`no line like ${String(pattern)} in ${timeoutMs / 1000} s, but: ${said}`))
      }, timeoutMs)
      told = line => {
        if (!pattern.test(line)) return
        clearTimeout(clock)
        found(line)
      }
    })
  // nsenter waits for the daemon and hands a signal on to nobody.
  const tell = async (signal: NodeJS.Signals) => {
    const holder = JSON.parse(await lab.must(['cat', '/run/taskfence/daemon.holder'])) as { pid: number }
    await lab.must(['kill', '-s', signal.slice(3), String(holder.pid)])
  }
  t.teardown(() => child.kill('SIGKILL'))
  // Before it an apply that nobody confirmed is taken back, in three looks: 4 s where ten labs share two processors.
  await next(/debug looked/, 30_000)
  // nft loads all rules before it listens.
  await new Promise(resolve => setTimeout(resolve, 2000))
  return {
    log,
    next,
    tell,
    over,
    async end(signal = 'SIGTERM') {
      await tell(signal)
      return over
    },
  }
}
