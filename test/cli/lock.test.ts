import t from 'tap'
import { takeLock } from '../../src/cli/lock.js'
import { report } from '../report/sample.js'
import { fakeHost, taskfence, type FakeFile } from './fakes.js'

const holder = { pid: 812, command: 'taskfence apply' }

t.test('one writer at a time', async t => {
  const host = fakeHost()
  let inside = 0
  let most = 0
  const write = async () => {
    const release = await takeLock(host, 5, holder)
    most = Math.max(most, ++inside)
    await new Promise(resolve => setTimeout(resolve, 2))
    inside--
    await release()
  }
  await Promise.all(Array.from({ length: 40 }, write))
  t.equal(most, 1)
})

t.test('who waits in vain is told who holds it, with exit 75', async t => {
  const files: Record<string, FakeFile> = {}
  const host = fakeHost(files)
  const release = await takeLock(host, 0, holder)
  const parts = {
    reconcile: async (input: { writeLock(): Promise<() => Promise<void>> }) => {
      await (
        await input.writeLock()
      )()
      return report({})
    },
  }
  const refused = await taskfence(['apply', '--lock-wait', '0'], { host, parts })
  t.equal(refused.exit, 75)
  t.equal(
    refused.stderr,
    'taskfence: another run holds /run/taskfence/lock (pid 812, `taskfence apply`, 0 s ago). Waited 0 s (--lock-wait). Nothing was changed: it repairs the same host.\n',
  )
  await release()
  t.same(files, {}, 'the holder is forgotten')
  t.equal((await taskfence(['apply', '--lock-wait', '0'], { host, parts })).exit, 0, 'free again')
})

t.test('a writer that cannot say who it is does not keep the lock', async t => {
  const host = fakeHost()
  const full = { ...host, files: { ...host.files, write: () => Promise.reject(new Error('disk full')) } }
  await t.rejects(takeLock(full, 0, holder), { message: 'disk full' })
  await t.resolves(takeLock(host, 0, holder))
})

t.test('a holder that does not say who it is is still a holder', async t => {
  const files: Record<string, FakeFile> = {}
  const host = fakeHost(files)
  await takeLock(host, 0, holder)
  for (const text of ['', 'not JSON']) {
    files['/run/taskfence/lock.holder'] = text
    const refused = takeLock(host, 0, holder)
    await t.rejects(refused, { code: 'E_BUSY', message: 'another run holds /run/taskfence/lock' })
  }
})

t.test('readers wait for nobody', async t => {
  const host = fakeHost()
  await takeLock(host, 0, holder)
  for (const name of ['facts', 'plan', 'check']) t.equal((await taskfence([name], { host })).exit, 0, name)
})

t.test('what is not a lock is not used as one', async t => {
  const cases = [
    [{ '/run/taskfence/lock': { kind: 'link' } }, 'is a symbolic link, not a lock'],
    [{ '/run/taskfence/lock': { kind: 'folder' } }, 'is a directory, not a lock'],
    [{ '/run/taskfence/lock': { kind: 'other' } }, 'is no regular file, not a lock'],
    [{ '/run/taskfence': 'a file' }, 'is not a folder'],
  ] as const
  for (const [files, says] of cases)
    await t.rejects(takeLock(fakeHost({ ...files }), 0, holder), { message: new RegExp(says) }, says)
})

t.test('a lock that cannot be taken at all is not "busy"', async t => {
  const host = fakeHost()
  const gone = Promise.resolve()
  const dead = { line: () => Promise.resolve(null), send: () => undefined, stop: () => gone, gone }
  const cases = [
    [{ ...dead, pid: undefined, stderr: () => '' }, 'flock is not installed'],
    [{ ...dead, pid: 5, stderr: () => 'flock: cannot open lock file' }, 'cannot open lock file'],
    [{ ...dead, pid: 5, stderr: () => '' }, 'flock ended without a word'],
    [late(), 'Read-only file system'],
  ] as const
  for (const [child, says] of cases) {
    const refused = takeLock({ ...host, start: () => Promise.resolve(child) }, 5, holder)
    await t.rejects(refused, { code: 'E_COMMAND', message: new RegExp(says) }, says)
  }

  /** Its output ends before its last words are read. */
  function late() {
    let said = ''
    const words = new Promise<void>(resolve => setTimeout(resolve, 20)).then(() => {
      said = 'flock: cannot open lock file: Read-only file system'
    })
    return { ...dead, pid: 5, stderr: () => said, gone: words }
  }
})
