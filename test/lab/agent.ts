import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { inNamespace } from './agent-program.js'

/** A request by a program of the lab. */
export interface HttpQuestion {
  readonly op: 'http'
  readonly url: string
  readonly socketPath?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Requests with the same name share one connection, kept open between them. */
  readonly connection?: string
}

export interface HttpAnswer {
  /** "answered", "timed out", "connected only" (and then silence), "refused", "unreachable", or the system's own code. */
  readonly fate: string
  readonly status?: number
  readonly body?: string
}

/** What a stand-in server answers: "GET /path", or "GET /path*" for everything below it. */
export type Answers = Readonly<Record<string, { readonly status: number; readonly body: string }>>

export interface ServeQuestion {
  readonly op: 'serve'
  /** As net.Server.listen takes it. */
  readonly listen: Readonly<Record<string, string | number>>
  readonly answers: Answers
}

export interface PathQuestion {
  readonly op: 'read' | 'list' | 'link' | 'remove' | 'mkdir'
  readonly path: string
}

/** write puts a new file in the place of what stood there, a symbolic link included; poke writes into it. */
export interface WriteQuestion {
  readonly op: 'write' | 'poke'
  readonly path: string
  readonly text: string
  readonly mode?: number
}

export type Question = HttpQuestion | ServeQuestion | PathQuestion | WriteQuestion

export interface Agent {
  /** Rejects with an error that carries the system's code. */
  ask(question: HttpQuestion): Promise<HttpAnswer>
  ask(question: Question): Promise<unknown>
  stop(): void
}

/** A node process in a namespace, on a pipe: it ends when we do. */
export function startAgent(enter: (argv: readonly string[]) => readonly string[]): Agent {
  const [file = '', ...args] = enter([process.execPath, '-e', `(${inNamespace.toString()})()`])
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], env: {} })
  const waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >()
  let last = 0
  const fail = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  child.on('error', fail)
  child.on('exit', () => {
    fail(new Error('the agent of this namespace has ended'))
  })
  child.stdin.on('error', () => undefined)
  createInterface({ input: child.stdout }).on('line', line => {
    const { id, value, error } = JSON.parse(line) as {
      id: number
      value?: unknown
      error?: { message: string }
    }
    const asker = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asker?.resolve(value)
    else asker?.reject(Object.assign(new Error(error.message), error))
  })
  return {
    ask<T>(question: Question): Promise<T> {
      return new Promise((resolve, reject) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          reject(new Error('the agent of this namespace has ended'))
          return
        }
        last += 1
        waiting.set(last, { resolve: resolve as (value: unknown) => void, reject })
        child.stdin.write(`${JSON.stringify({ id: last, ...question })}\n`)
      })
    },
    stop() {
      child.stdin.end()
      child.kill('SIGKILL')
    },
  }
}
