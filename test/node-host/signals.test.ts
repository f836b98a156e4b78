import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createRawServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isOurs, noteChild } from '../../src/host/node-children.js'
import { nodeHost } from '../../src/host/node-host.js'
import { nodeSignals } from '../../src/host/node-signals.js'

/** What a source says, as words. */
function ear() {
  const heard: string[] = []
  const until = async (holds: () => boolean, what: string) => {
    const end = Date.now() + 5000
    while (!holds()) {
      if (Date.now() > end) throw new Error(`${what}; heard ${heard.join(', ')}`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  return {
    heard,
    listener: {
      line: (text: string) => void heard.push(text),
      end: (why: string) => void heard.push(`end: ${why}`),
    },
    said: (pattern: RegExp) =>
      until(() => heard.some(text => pattern.test(text)), `not heard: ${String(pattern)}`),
    ends: () => heard.filter(text => text.startsWith('end: ')).length,
  }
}

const settled = () => new Promise(resolve => setTimeout(resolve, 100))

/** A server on a unix socket that says one line and goes on. */
async function server(t: Test): Promise<{ readonly socketPath: string; readonly breakOff: () => void }> {
  // Short: the kernel takes no more than 107 characters.
  const folder = mkdtempSync(join(tmpdir(), 'signals-'))
  const socketPath = join(folder, 'socket')
  const serving = createServer((_request, answer) => {
    answer.write('{"Type":"daemon"}\n')
  })
  await new Promise<void>(resolve => serving.listen(socketPath, resolve))
  t.teardown(() => {
    serving.closeAllConnections()
    serving.close()
    rmSync(folder, { recursive: true })
  })
  return {
    socketPath,
    breakOff: () => {
      serving.closeAllConnections()
    },
  }
}

t.test('an answer that breaks off ends, once, and harms nobody', async t => {
  const { socketPath, breakOff } = await server(t)
  const { heard, listener, said, ends } = ear()
  const following = nodeSignals.follow({ socketPath, path: '/events', timeoutMs: 1000 }, listener)
  await said(/daemon/)
  breakOff()
  await said(/^end: /)
  await settled()
  t.equal(ends(), 1, heard.join(', '))
  await following.stop()
})

t.test('stopped while it goes on: no end is told', async t => {
  const { socketPath } = await server(t)
  const { listener, said, ends } = ear()
  const following = nodeSignals.follow({ socketPath, path: '/events', timeoutMs: 1000 }, listener)
  await said(/daemon/)
  await following.stop()
  await settled()
  t.equal(ends(), 0)
})

t.test('an answer that is none: its end says why', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'signals-'))
  const socketPath = join(folder, 'socket')
  let words = ''
  const serving = createRawServer(socket => {
    socket.on('error', () => undefined)
    if (words !== '') socket.write(words)
  })
  await new Promise<void>(resolve => serving.listen(socketPath, resolve))
  t.teardown(() => {
    serving.close()
    rmSync(folder, { recursive: true })
  })
  for (const [answer, why] of [
    ['HTTP/1.1 404 Not Found\r\n\r\n', /^end: answered with status 404$/],
    ['220 smtp\r\n\r\n', /^end: answered no HTTP$/],
    [`HTTP/1.0 200 OK\r\n${'x: y\r\n'.repeat(5000)}`, /^end: its headers do not end$/],
    ['', /^end: did not answer in 0\.2 s$/],
    [`HTTP/1.0 200 OK\r\n\r\n${'x'.repeat(1_100_000)}`, /^end: a line of its answer does not end$/],
  ] as const) {
    words = answer
    const { listener, said, ends } = ear()
    nodeSignals.follow({ socketPath, path: '/events', timeoutMs: 200 }, listener)
    await said(why)
    await settled()
    t.equal(ends(), 1, String(why))
  }
})

t.test('lines of a child, and its end', async () => {
  const { listener, said } = ear()
  nodeSignals.listen({ file: 'echo', args: ['hello'] }, listener)
  await said(/^hello$/)
  await said(/^end: echo ended \(exit code 0\)/)
  const missing = ear()
  nodeSignals.listen({ file: 'no-such-program', args: [] }, missing.listener)
  await missing.said(/^end: /)
})

t.test('a file: written, another in its place, gone, not there', async t => {
  const folder = t.testdir({ file: '0' })
  const file = join(folder, 'file')
  const first = ear()
  nodeSignals.watch(file, first.listener)
  writeFileSync(file, '1')
  await first.said(/file$/)
  t.equal(first.ends(), 0)
  writeFileSync(join(folder, 'other'), '2')
  renameSync(join(folder, 'other'), file)
  await first.said(/^end: .* is another one$/)

  const second = ear()
  nodeSignals.watch(file, second.listener)
  rmSync(file)
  await second.said(/^end: .* is gone$/)
  t.equal(second.ends(), 1)

  const third = ear()
  nodeSignals.watch(file, third.listener)
  await third.said(/^end: ENOENT/)
})

t.test('a folder: what is in it, and its own end', async t => {
  const folder = join(t.testdir({ folder: {} }), 'folder')
  const { listener, said } = ear()
  nodeSignals.watch(folder, listener)
  mkdirSync(join(folder, 'task'))
  await said(/folder$/)
  rmdirSync(join(folder, 'task'))
  rmdirSync(folder)
  await said(/^end: .* is gone$/)
})

t.test('programs that we started are ours, also when they are gone', async t => {
  const { stdout } = await nodeHost().run({ file: 'sh', args: ['-c', 'echo $$'] })
  t.ok(isOurs(Number(stdout)))
  t.ok(isOurs(process.pid))
  t.notOk(isOurs(1))
})

t.test('one that lives stays ours, however many come after it; one that is gone for a while', async t => {
  let now = 0
  const clock = () => now
  const begin = (pid: number) => {
    const child = Object.assign(new EventEmitter(), { pid })
    noteChild(child, clock)
    return () => child.emit('exit')
  }
  const end = begin(-1)
  for (let pid = -1000; pid < -1; pid += 1) begin(pid)()
  now = 3_600_000
  t.ok(isOurs(-1, clock), 'after an hour and a thousand others')
  end()
  t.ok(isOurs(-1, clock), 'what it did may be told late')
  now += 30_001
  t.notOk(isOurs(-1, clock), 'its number is anybody\u2019s')
  t.notOk(isOurs(-2, clock))
})
