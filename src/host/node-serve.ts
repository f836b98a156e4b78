import { chmod, lstat, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { asFileError, codeOf } from './node-errors.js'

/** A unix socket, or a port of 127.0.0.1. */
export type Place = { readonly socket: string } | { readonly port: number }

/** Answers GET /metrics with the text of that moment until stopped. Rejects where it cannot listen. */
export async function serveMetrics(place: Place, text: () => string): Promise<() => Promise<void>> {
  const server = createServer((request, answer) => {
    const isAsked = request.method === 'GET' && request.url === '/metrics'
    answer.writeHead(isAsked ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
    answer.end(isAsked ? text() : 'GET /metrics\n')
  })
  server.maxConnections = 16
  server.requestTimeout = 5000
  server.headersTimeout = 5000
  if ('socket' in place) await removeOld(place.socket)
  await new Promise<void>((resolve, reject) => {
    // Later ones too: that nobody can be let in just now is no reason to end.
    server.on('error', reject)
    server.listen(
      'socket' in place ? { path: place.socket } : { host: '127.0.0.1', port: place.port },
      resolve,
    )
  })
  // Who may reach it, the folder says.
  if ('socket' in place) await chmod(place.socket, 0o666)
  return () =>
    new Promise(resolve => {
      server.close(() => {
        resolve()
      })
      server.closeAllConnections()
    })
}

/** A socket that a daemon left behind which was killed. Anything else that stands there stays, and listening fails. */
async function removeOld(path: string): Promise<void> {
  try {
    if ((await lstat(path)).isSocket()) await rm(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw asFileError(path, error)
  }
}
