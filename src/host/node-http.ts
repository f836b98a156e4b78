import { request as open } from 'node:http'
import { CommandError } from '../model/errors.js'
import type { HttpRequest, HttpResponse } from './host.js'

/** Else Node works out a name for TLS, which there is none of, by a regular expression that takes 4 ms to compile. */
const withoutTls = { servername: '' }
const largestBody = 4 * 1024 * 1024
const nobodyThere = new Set(['ECONNREFUSED', 'ENOENT'])

/** null when nobody listens there; rejects on a time-out, a broken answer, or one past 4 MiB. */
export function nodeHttp(request: HttpRequest): Promise<HttpResponse | null> {
  const where = `${request.socketPath ?? `${request.address}:${request.port}`}${request.path}`
  const failed = (why: string, cause?: unknown) =>
    new CommandError({ file: 'GET', args: [where] }, undefined, { message: `${where} ${why}`, cause })
  return new Promise((resolve, reject) => {
    const call = open(
      {
        ...(request.socketPath === undefined
          ? { host: request.address, port: request.port }
          : { socketPath: request.socketPath }),
        path: request.path,
        headers: { host: 'localhost' },
        agent: false,
        ...withoutTls,
      },
      answer => {
        let body = ''
        answer.setEncoding('utf8')
        answer.on('data', (piece: string) => {
          body += piece
          if (body.length > largestBody) call.destroy(failed('answered more than 4 MiB'))
        })
        answer.on('end', () => {
          finish(() => {
            resolve({ status: answer.statusCode ?? 0, body })
          })
        })
        answer.on('error', error => {
          finish(() => {
            reject(failed('broke off its answer', error))
          })
        })
      },
    )
    // One clock over the whole call: a server that sends a byte a second must not hold us.
    const clock = setTimeout(
      () => call.destroy(failed(`did not answer in ${request.timeoutMs / 1000} s`)),
      request.timeoutMs,
    )
    const finish = (settle: () => void) => {
      clearTimeout(clock)
      settle()
    }
    call.on('error', (error: NodeJS.ErrnoException) => {
      finish(() => {
        if (error.code !== undefined && nobodyThere.has(error.code)) resolve(null)
        else reject(error instanceof CommandError ? error : failed(`failed: ${error.message}`, error))
      })
    })
    call.end()
  })
}
