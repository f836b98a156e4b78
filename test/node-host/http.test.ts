import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HttpRequest, HttpResponse } from '../../src/host/host.js'
import { nodeHost } from '../../src/host/node-host.js'
import { CommandError } from '../../src/model/errors.js'

const host = nodeHost()
// A path of a unix socket may have 107 bytes, which t.testdir() easily passes.
const dir = mkdtempSync(join(tmpdir(), 'tf-'))
t.teardown(() => {
  rmSync(dir, { recursive: true })
})

type Serve = (socket: Socket) => void
let last = 0

/** A server on a unix socket that says what the case wants, byte for byte. */
async function ask(t: Test, serve: Serve, timeoutMs = 2000): Promise<HttpResponse | null> {
  const socketPath = join(dir, `${++last}.sock`)
  await listen(t, serve, server => server.listen(socketPath))
  return host.http({ socketPath, path: '/version', timeoutMs })
}

async function listen(t: Test, serve: Serve, start: (server: Server) => void): Promise<Server> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined))
    serve(socket)
  })
  await new Promise<void>(resolve => {
    start(server.once('listening', resolve))
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return server
}

const head = (length: number | null, status = '200 OK') =>
  `HTTP/1.1 ${status}\r\n${length === null ? '' : `Content-Length: ${length}\r\n`}Connection: close\r\n\r\n`
const says =
  (text: string): Serve =>
  socket =>
    socket.once('data', () => socket.end(text))

const answers: readonly (readonly [behaviour: string, serve: Serve, answer: HttpResponse])[] = [
  ['200 with a body', says(`${head(2)}hi`), { status: 200, body: 'hi' }],
  ['any status is an answer', says(`${head(4, '500 Oh')}oops`), { status: 500, body: 'oops' }],
  ['no body', says(head(0, '204 No Content')), { status: 204, body: '' }],
  ['a body that ends with the connection', says(`${head(null)}all`), { status: 200, body: 'all' }],
  [
    'a redirect is not followed',
    says(head(0, '302 Found\r\nLocation: http://192.0.2.1/')),
    { status: 302, body: '' },
  ],
  ['more than was told: the rest is not ours', says(`${head(2)}hithere`), { status: 200, body: 'hi' }],
  ['a server of HTTP/1.0', says('HTTP/1.0 200\r\n\r\nold'), { status: 200, body: 'old' }],
  [
    'letters of two bytes, one at a time',
    drip([head(4), '\xc3', '\xa4', '\xc3', '\xa4'], 5),
    { status: 200, body: 'ää' },
  ],
]

for (const [behaviour, serve, answer] of answers)
  t.test(behaviour, async t => t.same(await ask(t, serve), answer))

function drip(pieces: readonly string[], everyMs: number): Serve {
  return socket => {
    pieces.forEach((piece, index) => {
      setTimeout(() => socket.write(piece, 'latin1'), index * everyMs).unref()
    })
  }
}

const failures: readonly (readonly [behaviour: string, serve: Serve, message: RegExp])[] = [
  ['a server that says nothing', () => undefined, /\/version did not answer in 0.2 s$/],
  [
    'a server that sends a byte now and then',
    drip([head(90), ...Array<string>(90).fill('x')], 50),
    /did not answer in 0.2 s$/,
  ],
  [
    'a header that never ends',
    drip(['HTTP/1.1 200 OK\r\n', ...Array<string>(9).fill('X-A: b\r\n')], 50),
    /did not answer in 0.2 s$/,
  ],
  ['half a body', says(`${head(90)}half`), /broke off its answer$/],
  [
    'the connection closed without an answer',
    socket => socket.once('data', () => socket.destroy()),
    /failed: /,
  ],
  ['an answer that is no HTTP', says('SSH-2.0-OpenSSH_9.2\r\n'), /failed: /],
  ['half a header', says('HTTP/1.1 200 OK\r\nX-A: b\r\n'), /failed: /],
  [
    'chunks, which nobody may answer to HTTP/1.0',
    says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'),
    /failed: it answered in chunks$/,
  ],
  ['headers past all measure', says(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`), /failed: /],
  ['a body past 4 MiB', says(`${head(5_000_000)}${'x'.repeat(5_000_000)}`), /answered more than 4 MiB$/],
  ['a body without an end', endless, /answered more than 4 MiB$/],
]

function endless(socket: Socket): void {
  const chunk = 'x'.repeat(65_536)
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.write(head(null))
  socket.on('drain', more)
  more()
}

for (const [behaviour, serve, message] of failures)
  t.test(`could not tell: ${behaviour}`, async t => {
    const error = await ask(t, serve, message.source.includes('0.2 s') ? 200 : 20_000).catch(
      (error: unknown) => error,
    )
    t.ok(error instanceof CommandError, 'a CommandError')
    t.match(error, { message })
  })

t.test('4 MiB are still fine', async t => {
  const answer = await ask(t, says(`${head(4 * 1024 * 1024)}${'x'.repeat(4 * 1024 * 1024)}`))
  t.equal(answer?.body.length, 4 * 1024 * 1024)
})

t.test('nobody there', async t => {
  const get = (request: Partial<HttpRequest>) => host.http({ path: '/', timeoutMs: 1000, ...request })
  t.equal(await get({ socketPath: join(dir, 'none.sock') }), null, 'no such socket')
  writeFileSync(join(dir, 'file'), '')
  t.equal(await get({ socketPath: join(dir, 'file') }), null, 'a file that is no socket')
  const server = await listen(
    t,
    () => undefined,
    server => server.listen(0, '127.0.0.1'),
  )
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  t.equal(await get({ address: '127.0.0.1', port }), null, 'a port that nobody listens on')
})

t.test('a port of loopback, asked by path and without a proxy', async t => {
  process.env.http_proxy = 'http://192.0.2.1:1'
  let asked = ''
  const server = await listen(
    t,
    socket =>
      socket.once('data', text => {
        asked = text.toString()
        socket.end(`${head(2)}ok`)
      }),
    server => server.listen(0, '127.0.0.1'),
  )
  const { port } = server.address() as AddressInfo
  t.match(await host.http({ address: '127.0.0.1', port, path: '/v1/metadata', timeoutMs: 1000 }), {
    body: 'ok',
  })
  t.match(asked, /^GET \/v1\/metadata HTTP\/1.0\r\nHost: localhost\r\n/)
})
