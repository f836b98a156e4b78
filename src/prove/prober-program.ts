import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Answer, Call, CallResult, Request } from './prober-protocol.js'

export interface ProberSurroundings {
  readonly input: Readable
  readonly output: Writable
  readonly pid: number
  readonly exit: () => void
}

/**
 * A process of its own that makes TCP connections where it stands, and sends nothing over them. Its life hangs on its
 * input: when whoever started it is gone, so is it, and with it the network namespace that it holds.
 */
export function serveProbes({ input, output, pid, exit }: ProberSurroundings): void {
  const open: Socket[] = []
  const say = (answer: Answer) => output.write(`${JSON.stringify(answer)}\n`)
  output.on('error', exit)
  const lines = createInterface({ input })
  lines.on('close', exit)
  lines.on('line', line => {
    answerTo(JSON.parse(line) as Request, open).then(say, exit)
  })
  say({ pid })
}

async function answerTo(request: Request, open: Socket[]): Promise<Answer> {
  if (request.op === 'reserve') return { ports: await freePorts(request.count) }
  if (request.op === 'connect')
    return { results: await Promise.all(request.calls.map(call => connect(call, open))) }
  // A reset leaves nothing half-open on the other side, though this namespace is about to vanish.
  for (const socket of open.splice(0)) socket.resetAndDestroy()
  return { closed: true }
}

/** Ports nobody uses here, so that each connection can be told by its source port before it is made. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen))
  const ports = servers.map(server => (server.address() as { readonly port: number }).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      resolve(server)
    })
  })
}

function connect(call: Call, open: Socket[]): Promise<CallResult> {
  return new Promise(resolve => {
    const socket = createConnection({ host: call.address, port: call.port, localPort: call.localPort })
    const settle = (result: CallResult, keep: boolean) => {
      clearTimeout(clock)
      if (keep) open.push(socket)
      else socket.destroy()
      resolve(result)
    }
    const clock = setTimeout(() => {
      settle({ outcome: 'timeout' }, false)
    }, call.timeoutMs)
    socket.once('connect', () => {
      settle({ outcome: 'connected', from: socket.localAddress ?? '' }, true)
    })
    // Stays for the connection's whole life: the other side may reset it at any time.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      settle(failure(error.code ?? error.message), false)
    })
  })
}

function failure(code: string): CallResult {
  if (code === 'ECONNREFUSED') return { outcome: 'refused' }
  if (code === 'ETIMEDOUT') return { outcome: 'timeout' }
  if (['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EPERM'].includes(code)) return { outcome: 'unreachable' }
  return { outcome: 'failed', code }
}
