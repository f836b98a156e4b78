import type { Stats } from 'node:fs'
import type { Answers, HttpAnswer, HttpQuestion, Question, Served, Storm } from './agent.js'

/**
 * Handed as text to a node process inside a namespace, so it may use nothing from outside its own braces. It talks on
 * its pipe; with an argument on the unix socket of that path, and then outlives who talks to it. A second argument is
 * the question it begins with.
 */
export function inNamespace(): void {
  const http = process.getBuiltinModule('node:http')
  const net = process.getBuiltinModule('node:net')
  const fs = process.getBuiltinModule('node:fs')
  const readline = process.getBuiltinModule('node:readline')
  const connections = new Map<string, InstanceType<typeof http.Agent>>()
  const storms = new Map<string, { readonly figures: Storm; readonly clock: NodeJS.Timeout }>()
  const served: Served[] = []
  /** Once connected no rule is in the way: a server that is busy may take its time. */
  const answerMs = 3000

  const [, socketPath, first] = process.argv
  if (first !== undefined) void work(JSON.parse(first) as Question)
  if (socketPath === undefined) talk(process.stdin, process.stdout).on('close', () => process.exit())
  else {
    // The first process of a container gets no signal it did not ask for.
    process.on('SIGTERM', () => process.exit())
    fs.rmSync(socketPath, { force: true })
    net
      .createServer(socket =>
        talk(
          socket.on('error', () => undefined),
          socket,
        ),
      )
      .listen(socketPath)
  }

  function talk(input: NodeJS.ReadableStream, output: NodeJS.WritableStream) {
    const lines = readline.createInterface({ input })
    lines.on('line', line => {
      const question = JSON.parse(line) as Question & { id: number }
      const answer = (extra: object) => output.write(`${JSON.stringify({ id: question.id, ...extra })}\n`)
      Promise.resolve()
        .then(() => work(question))
        .then(
          value => answer({ value }),
          (error: unknown) => answer({ error: problem(error as NodeJS.ErrnoException) }),
        )
    })
    return lines
  }

  function problem({ message, code }: NodeJS.ErrnoException) {
    return { message, code }
  }

  function work(question: Question): unknown {
    switch (question.op) {
      case 'http':
        return ask(question)
      case 'serve':
        return serve(question.listen, question.answers)
      case 'served':
        return served.splice(0)
      case 'storm':
        return storm(question.name, question.url, question.everyMs)
      case 'calm':
        return calm(question.name)
      case 'read':
        return orNull(() => fs.readFileSync(question.path, 'utf8'))
      case 'list':
        return orNull(() => fs.readdirSync(question.path).sort())
      case 'link':
        return orNull(() => fs.readlinkSync(question.path))
      case 'stat':
        return orNull(() => statOf(fs.lstatSync(question.path)))
      case 'remove':
        fs.rmSync(question.path, { force: true })
        return null
      case 'removeFolder':
        return orNull(() => {
          if (fs.readdirSync(question.path).length === 0) fs.rmdirSync(question.path)
          return null
        })
      case 'mkdir':
        fs.mkdirSync(question.path, { recursive: true })
        return null
      case 'poke':
        fs.writeFileSync(question.path, question.text, { flag: 'r+' })
        return null
      case 'write':
        fs.rmSync(question.path, { force: true })
        fs.mkdirSync(question.path.replace(/\/[^/]*$/, ''), { recursive: true })
        fs.writeFileSync(question.path, question.text, { mode: question.mode ?? 0o644 })
        return null
      case 'symlink':
        fs.rmSync(question.path, { force: true })
        fs.symlinkSync(question.text, question.path)
        return null
    }
  }

  function statOf(found: Stats) {
    const kind = found.isFile()
      ? 'file'
      : found.isDirectory()
        ? 'folder'
        : found.isSymbolicLink()
          ? 'link'
          : 'other'
    return { kind, mode: found.mode & 0o7777 }
  }

  function orNull<T>(read: () => T): T | null {
    try {
      return read()
    } catch (error) {
      if (['ENOENT', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
      throw error
    }
  }

  function serve(listen: Readonly<Record<string, string | number>>, answers: Answers): Promise<null> {
    const server = http.createServer((request, response) => {
      const asked = `${request.method ?? ''} ${request.url ?? ''}`
      const key = Object.keys(answers)
        .filter(name => name === asked || (name.endsWith('*') && asked.startsWith(name.slice(0, -1))))
        .sort((a, b) => b.length - a.length)[0]
      const found = key === undefined ? { status: 404, body: 'nothing here' } : answers[key]
      const begun = Number(request.headers['x-begun'] ?? NaN)
      served.push({ at: Date.now(), begun, from: request.socket.remoteAddress ?? '', asked })
      response.writeHead(found?.status ?? 404, { 'content-type': 'application/json' })
      response.end(found?.body)
    })
    server.keepAliveTimeout = 60_000
    return new Promise((resolve, reject) => {
      server.on('error', reject)
      server.listen(listen, () => {
        resolve(null)
      })
    })
  }

  /** A new connection each time, whatever became of those before. */
  function storm(name: string, url: string, everyMs: number): null {
    const { hostname, port, pathname, search } = new URL(url)
    const figures = { asked: 0, connected: 0, answered: 0 }
    const one = () => {
      figures.asked += 1
      const begun = Date.now()
      const socket = net.connect({
        host: hostname.replace(/[[\]]/g, ''),
        port: Number(port === '' ? 80 : port),
      })
      const clock = setTimeout(() => socket.destroy(), 400)
      socket.on('connect', () => {
        figures.connected += 1
        const lines = [`GET ${pathname}${search} HTTP/1.1`, `host: ${hostname}`, `x-begun: ${begun}`]
        socket.write([...lines, 'connection: close', '', ''].join('\r\n'))
      })
      socket.once('data', () => (figures.answered += 1))
      socket.on('error', () => undefined)
      socket.on('close', () => {
        clearTimeout(clock)
      })
    }
    one()
    storms.set(name, { figures, clock: setInterval(one, everyMs) })
    return null
  }

  async function calm(name: string): Promise<Storm> {
    const found = storms.get(name)
    if (found === undefined) throw new Error(`no storm of the name ${name}`)
    clearInterval(found.clock)
    storms.delete(name)
    await new Promise(resolve => setTimeout(resolve, 450))
    return found.figures
  }

  function ask(question: HttpQuestion): Promise<HttpAnswer> {
    const { connection, socketPath } = question
    if (connection !== undefined && !connections.has(connection))
      connections.set(connection, new http.Agent({ keepAlive: true, maxSockets: 1 }))
    return new Promise(resolve => {
      const request = http.request(
        question.url,
        {
          method: question.method ?? 'GET',
          headers: question.headers ?? {},
          agent: connection === undefined ? false : connections.get(connection),
          ...(socketPath === undefined ? {} : { socketPath }),
        },
        response => {
          let body = ''
          response.setEncoding('utf8').on('data', (text: string) => (body += text))
          response.on('end', () => {
            settle({ fate: 'answered', status: response.statusCode ?? 0, body })
          })
        },
      )
      let connected = false
      const settle = (answer: HttpAnswer) => {
        clearTimeout(clock)
        resolve(answer)
      }
      const giveUp = () => {
        const { bytesWritten = 0, bytesRead = 0 } = request.socket ?? {}
        settle({ fate: connected ? `connected only (sent ${bytesWritten}, got ${bytesRead})` : 'timed out' })
        request.destroy()
      }
      // On a busy machine this process may be late itself: what has come meanwhile is read before it gives up.
      const within = (ms: number) => setTimeout(() => setImmediate(() => setImmediate(giveUp)), ms)
      let clock = within(question.timeoutMs)
      request.on('socket', socket =>
        socket.once('connect', () => {
          connected = true
          clearTimeout(clock)
          clock = within(answerMs)
        }),
      )
      const words: Record<string, string> = {
        ECONNREFUSED: 'refused',
        ENETUNREACH: 'unreachable',
        EHOSTUNREACH: 'unreachable',
        ETIMEDOUT: 'timed out',
      }
      request.on('error', (error: NodeJS.ErrnoException) => {
        const word = words[error.code ?? ''] ?? error.code ?? error.message
        settle({ fate: connected ? `connected only (${word})` : word })
      })
      request.end()
    })
  }
}
