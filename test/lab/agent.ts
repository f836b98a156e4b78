import { spawn } from 'node:child_process'
import { once, type EventEmitter } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { inNamespace } from './agent-program.js'
import { programOf } from './program.js'

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
  /** "answered", "timed out", "connected only" (and then silence; in brackets what is known), "refused", "unreachable", or the system's own code. */
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
  readonly op: 'read' | 'list' | 'link' | 'stat' | 'remove' | 'removeFolder' | 'mkdir'
  readonly path: string
}

/** write and symlink put a new one in the place of what stood there, a symbolic link included; poke writes into it. */
export interface WriteQuestion {
  readonly op: 'write' | 'poke' | 'symlink'
  readonly path: string
  readonly text: string
  readonly mode?: number
}

/** What the servers of this process answered since it was last asked. */
export interface ServedQuestion {
  readonly op: 'served'
}

export interface Served {
  /** Milliseconds since 1970. */
  readonly at: number
  /** When a storm began to ask; NaN: it was no storm. */
  readonly begun: number
  readonly from: string
  /** "GET /path" */
  readonly asked: string
}

/** Asks again and again, until `calm`; nobody waits for the answers. */
export interface StormQuestion {
  readonly op: 'storm'
  readonly name: string
  readonly url: string
  readonly everyMs: number
}

export interface CalmQuestion {
  readonly op: 'calm'
  readonly name: string
}

/** How many requests were begun, how many found a peer, how many of those it answered. */
export interface Storm {
  readonly asked: number
  readonly connected: number
  readonly answered: number
}

export type Question =
  HttpQuestion | ServeQuestion | ServedQuestion | PathQuestion | WriteQuestion | StormQuestion | CalmQuestion

export interface Agent {
  /** Rejects with an error that carries the system's code. */
  ask(question: HttpQuestion): Promise<HttpAnswer>
  ask(question: ServedQuestion): Promise<readonly Served[]>
  ask(question: CalmQuestion): Promise<Storm>
  ask(question: Question): Promise<unknown>
  /** Resolves when it is gone. */
  stop(): Promise<void>
}

/** What a process runs to be an agent, on its pipe or on a unix socket, and the question it begins with. */
export const agentProgram = (node: string, socketPath?: string, first?: Question): readonly string[] => [
  node,
  '-e',
  programOf(inNamespace),
  ...(socketPath === undefined ? [] : [socketPath]),
  ...(first === undefined ? [] : [JSON.stringify(first)]),
]

/** A node process in a namespace, on a pipe: it ends when we do. */
export function startAgent(enter: (argv: readonly string[]) => readonly string[]): Agent {
  const [file = '', ...args] = enter(agentProgram(process.execPath))
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], env: {} })
  return agentOn(child.stdout, child.stdin, child, () => child.kill('SIGKILL'))
}

/** The node process that listens on the socket, which may come to it later. It does not end with us. */
export async function connectAgent(socketPath: string, timeoutMs = 10_000): Promise<Agent> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const socket = connect(socketPath)
    try {
      await once(socket, 'connect')
      return agentOn(socket, socket, socket, () => socket.destroy())
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

function agentOn(input: Readable, output: Writable, life: EventEmitter, kill: () => void): Agent {
  const waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >()
  let last = 0
  let ended = false
  const fail = (error: Error) => {
    ended = true
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  life.on('error', fail)
  const gone = new Promise<void>(resolve => {
    life.on('close', resolve)
  })
  life.on('close', () => {
    fail(new Error('the agent of this namespace has ended'))
  })
  output.on('error', () => undefined)
  createInterface({ input }).on('line', line => {
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
        if (ended) {
          reject(new Error('the agent of this namespace has ended'))
          return
        }
        last += 1
        waiting.set(last, { resolve: resolve as (value: unknown) => void, reject })
        output.write(`${JSON.stringify({ id: last, ...question })}\n`)
      })
    },
    stop() {
      output.end()
      kill()
      return gone
    },
  }
}
