import type { Host } from '../host/host.js'
import type { Command } from '../model/command.js'
import { CommandError } from '../model/errors.js'
import type { Answer, Call, CallResult, Request } from './prober-protocol.js'

/** A process that connects from where it stands. */
export interface Prober {
  readonly pid: number
  /** Source ports that nobody uses there. */
  reserve(count: number): Promise<readonly number[]>
  /** All at once. What connects stays open until close(). */
  connect(calls: readonly Call[]): Promise<readonly CallResult[]>
  close(): Promise<void>
  /** Waits until it is gone, and with it its namespace. */
  stop(): Promise<void>
}

/** Resolves when it stands ready. Rejects with a CommandError. */
export async function startProber(command: Command, host: Host): Promise<Prober> {
  const child = await host.start(command)
  const ask = async (request: Request, timeoutMs = answerMs): Promise<Answer> => {
    child.send(`${JSON.stringify(request)}\n`)
    return receive(timeoutMs)
  }
  const receive = async (timeoutMs: number): Promise<Answer> => {
    const line = await child.line(timeoutMs)
    if (line !== null) return JSON.parse(line) as Answer
    throw broken(command, child.stderr())
  }
  try {
    const hello = await receive(startMs)
    if (!('pid' in hello)) throw broken(command, '')
    return {
      pid: hello.pid,
      async reserve(count) {
        const answer = await ask({ op: 'reserve', count })
        return 'ports' in answer ? answer.ports : []
      },
      async connect(calls) {
        const longest = Math.max(0, ...calls.map(call => call.timeoutMs))
        const answer = await ask({ op: 'connect', calls }, longest + answerMs)
        return 'results' in answer ? answer.results : []
      },
      async close() {
        await ask({ op: 'close' })
      },
      stop: () => child.stop(),
    }
  } catch (error) {
    await child.stop()
    throw error
  }
}

const startMs = 5000
const answerMs = 2000

function broken(command: Command, stderr: string): CommandError {
  const lines = stderr.trim().split('\n')
  const words = lines.find(line => /^\w*Error\b/.test(line)) ?? lines[0] ?? ''
  return new CommandError(command, undefined, {
    message: `the process that makes the connections ended${words === '' ? '' : `: ${words}`}`,
  })
}
