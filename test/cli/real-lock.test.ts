import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, symlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { takeLock } from '../../src/cli/lock.js'
import { nodeHost } from '../../src/host/node-host.js'

const host = nodeHost()
const holder = { pid: process.pid, command: 'taskfence apply' }

t.test('the kernel lets one of 40 in at a time', async t => {
  const folder = join(t.testdir(), 'taskfence')
  let inside = 0
  let most = 0
  const write = async () => {
    const release = await takeLock(host, 60, holder, folder)
    most = Math.max(most, ++inside)
    await new Promise(resolve => setTimeout(resolve, 2))
    inside--
    await release()
  }
  await Promise.all(Array.from({ length: 40 }, write))
  t.equal(most, 1)
  t.equal(statSync(folder).mode & 0o777, 0o700, 'a folder for root alone')
  t.notOk(existsSync(join(folder, 'lock.holder')), 'the holder is forgotten')
})

t.test('a writer that is killed holds nothing', async t => {
  const folder = join(t.testdir(), 'taskfence')
  const program = spawn(process.execPath, ['.tap/compiled/test/cli/lock-holder.js', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => program.kill('SIGKILL'))
  await once(program.stdout, 'data')
  await t.rejects(takeLock(host, 0, holder, folder), {
    code: 'E_BUSY',
    message: new RegExp(`holds .*/lock \\(pid ${program.pid ?? 0}, \`taskfence apply\`, \\d+ s ago\\)`),
  })
  program.kill('SIGKILL')
  await once(program, 'exit')
  const release = await takeLock(host, 5, holder, folder)
  await release()
})

t.test('a link in the place of the lock is not followed', async t => {
  const folder = t.testdir({})
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'lock'))
  await t.rejects(takeLock(host, 0, holder, folder), { message: /is a symbolic link, not a lock/ })
  t.notOk(existsSync(join(folder, 'elsewhere')))
})
