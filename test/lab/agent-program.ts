import type { Answers, HttpAnswer, HttpQuestion, Question } from './agent.js'

/** Handed as text to a node process inside a namespace, so it may use nothing from outside its own braces. */
export function inNamespace(): void {
  const http = process.getBuiltinModule('node:http')
  const fs = process.getBuiltinModule('node:fs')
  const readline = process.getBuiltinModule('node:readline')
  const connections = new Map<string, InstanceType<typeof http.Agent>>()

  const lines = readline.createInterface({ input: process.stdin })
  lines.on('close', () => process.exit())
  lines.on('line', line => {
    const question = JSON.parse(line) as Question & { id: number }
    const answer = (extra: object) =>
      process.stdout.write(`${JSON.stringify({ id: question.id, ...extra })}\n`)
    Promise.resolve()
      .then(() => work(question))
      .then(
        value => answer({ value }),
        (error: unknown) => answer({ error: problem(error as NodeJS.ErrnoException) }),
      )
  })

  const problem = ({ message, code }: NodeJS.ErrnoException) => ({ message, code })

  function work(question: Question): unknown {
    switch (question.op) {
      case 'http':
        return ask(question)
      case 'serve':
        return serve(question.listen, question.answers)
      case 'read':
        return orNull(() => fs.readFileSync(question.path, 'utf8'))
      case 'list':
        return orNull(() => fs.readdirSync(question.path).sort())
      case 'link':
        return orNull(() => fs.readlinkSync(question.path))
      case 'remove':
        fs.rmSync(question.path, { force: true })
        return null
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
    }
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
      request.on('socket', socket => socket.once('connect', () => (connected = true)))
      const settle = (answer: HttpAnswer) => {
        clearTimeout(clock)
        resolve(answer)
      }
      const clock = setTimeout(() => {
        settle({ fate: connected ? 'connected only' : 'timed out' })
        request.destroy()
      }, question.timeoutMs)
      const words: Record<string, string> = {
        ECONNREFUSED: 'refused',
        ENETUNREACH: 'unreachable',
        EHOSTUNREACH: 'unreachable',
        ETIMEDOUT: 'timed out',
      }
      request.on('error', (error: NodeJS.ErrnoException) => {
        settle({
          fate: connected ? 'connected only' : (words[error.code ?? ''] ?? error.code ?? error.message),
        })
      })
      request.end()
    })
  }
}
