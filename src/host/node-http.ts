import { connect } from 'node:net'
import { CommandError } from '../model/errors.js'
import type { HttpRequest, HttpResponse } from './host.js'

const largestBody = 4 * 1024 * 1024
const largestHead = 16 * 1024
const nobodyThere = new Set(['ECONNREFUSED', 'ENOENT'])

/**
 * null when nobody listens there; rejects on a time-out, a broken answer, or one past 4 MiB. A connection for each
 * request, in HTTP/1.0: Node's own client takes 6 ms to load, for what nobody here needs of it.
 */
export function nodeHttp(request: HttpRequest): Promise<HttpResponse | null> {
  const { socketPath, address, port, path, timeoutMs } = request
  const where = `${socketPath ?? `${address}:${port}`}${path}`
  return new Promise((resolve, reject) => {
    const socket = connect(
      socketPath === undefined ? { host: address ?? '', port: port ?? 0 } : { path: socketPath },
    )
    const settle = (act: () => void) => {
      clearTimeout(clock)
      socket.destroy()
      act()
    }
    const fail = (why: string, cause?: unknown) => {
      const error = new CommandError({ file: 'GET', args: [where] }, undefined, {
        message: `${where} ${why}`,
        cause,
      })
      settle(() => {
        reject(error)
      })
    }
    // One clock over the whole call: a server that sends a byte a second must not hold us.
    const clock = setTimeout(fail, timeoutMs, `did not answer in ${timeoutMs / 1000} s`)
    let received = Buffer.alloc(0)
    const look = (isWhole: boolean) => {
      const seen = parseAnswer(received, isWhole)
      if (typeof seen === 'string') fail(seen)
      else if (seen !== null)
        settle(() => {
          resolve(seen)
        })
    }
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece])
      look(false)
    })
    socket.on('end', () => {
      look(true)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === undefined || !nobodyThere.has(error.code)) fail(`failed: ${error.message}`, error)
      else
        settle(() => {
          resolve(null)
        })
    })
    socket.write(`GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`)
  })
}

/** null: the rest is still to come. A text: what is wrong with it. `isWhole`: nothing more will come. */
function parseAnswer(received: Buffer, isWhole: boolean): HttpResponse | string | null {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0 && received.length > largestHead) return 'failed: its headers do not end'
  if (headEnd < 0) return isWhole ? 'failed: it answered no HTTP' : null
  const head = received.toString('latin1', 0, headEnd).toLowerCase()
  const status = /^http\/1\.[01] (\d{3})(?: |\r|$)/.exec(head)?.[1]
  if (status === undefined) return 'failed: it answered no HTTP'
  // Nobody may, to a request in HTTP/1.0.
  if (head.includes('\r\ntransfer-encoding:')) return 'failed: it answered in chunks'
  const body = received.subarray(headEnd + 4)
  if (body.length > largestBody) return 'answered more than 4 MiB'
  const told = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
  const length = told === undefined ? (isWhole ? body.length : Infinity) : Number(told)
  if (body.length >= length) return { status: Number(status), body: body.toString('utf8', 0, length) }
  return isWhole ? 'broke off its answer' : null
}
