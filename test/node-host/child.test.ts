import t, { type Test } from 'tap'
import type { Child } from '../../src/host/host.js'
import { nodeHost } from '../../src/host/node-host.js'
import { CommandError } from '../../src/model/errors.js'

async function start(t: Test, file: string, ...args: readonly string[]): Promise<Child> {
  const child = await nodeHost().start({ file, args })
  t.teardown(() => child.stop())
  return child
}

const isAlive = (pid: number | undefined): boolean => {
  try {
    return process.kill(pid ?? NaN, 0)
  } catch {
    return false
  }
}

t.test('a line at a time, and null at the end', async t => {
  const child = await start(t, 'printf', 'one\\ntwo\\n\\nlast')
  for (const line of ['one', 'two', '', 'last', null, null]) t.equal(await child.line(2000), line)
})

t.test('what is sent comes back', async t => {
  const child = await start(t, 'cat')
  child.send('a\n')
  t.equal(await child.line(2000), 'a')
  child.send('b\nc\n')
  t.equal(await child.line(2000), 'b')
  t.equal(await child.line(2000), 'c')
})

t.test('whoever gave up waiting loses no line', async t => {
  const child = await start(t, 'cat')
  const silence = { code: 'E_COMMAND', message: '`cat` said nothing in 0.02 s' }
  await t.rejects(child.line(20), silence)
  await t.rejects(child.line(20), silence)
  child.send('late\nlater\n')
  t.equal(await child.line(2000), 'late')
  t.equal(await child.line(2000), 'later')
})

t.test('a line of a megabyte', async t => {
  const child = await start(t, 'cat')
  child.send(`${'x'.repeat(1_000_000)}\n`)
  t.equal((await child.line(5000))?.length, 1_000_000)
})

t.test('English, as every command', async t => {
  process.env.LC_ALL = 'de_DE.UTF-8'
  t.equal(await (await start(t, 'sh', '-c', 'echo $LC_ALL')).line(2000), 'C')
})

t.test('stop ends it and waits until it is gone', async t => {
  const child = await start(t, 'sh', '-c', "trap '' TERM; echo ready; while :; do sleep 1; done")
  t.equal(await child.line(2000), 'ready')
  t.ok(isAlive(child.pid))
  await child.stop()
  t.notOk(isAlive(child.pid))
  await child.stop()
  t.equal(await child.line(100), null, 'no line after it')
  t.doesNotThrow(() => {
    child.send('nobody reads this\n')
  })
})

t.test('stop does not wait for what the child left behind', async t => {
  const child = await start(t, 'sh', '-c', 'sleep 3 & echo ready; cat')
  t.equal(await child.line(2000), 'ready')
  const began = Date.now()
  await child.stop()
  t.ok(Date.now() - began < 1000)
})

t.test('a missing program', async t => {
  const child = await start(t, 'no-such-program')
  t.equal(child.pid, undefined)
  child.send('text')
  t.equal(
    await child.line(1000).catch((error: unknown) => error instanceof CommandError),
    null,
    'no line comes',
  )
})

t.test('what it says on standard error is kept, the last 64 KiB of it', async t => {
  const child = await start(
    t,
    'sh',
    '-c',
    'head -c 100000 /dev/zero | tr "\\0" x >&2; echo end >&2; echo done; cat',
  )
  t.equal(await child.line(2000), 'done')
  await new Promise(resolve => setTimeout(resolve, 50))
  t.ok(child.stderr().endsWith('xend\n'))
  t.equal(child.stderr().length, 65_536)
})
