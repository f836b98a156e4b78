import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { offlineHost } from '../../src/host/offline-host.js'

/** A root with links of every sort, and a folder beside it that nothing may reach. */
function rig(t: Test) {
  const dir = t.testdir({
    outside: { secret: 'of this machine' },
    root: { etc: { real: 'text' }, usr: { lib: { 'os-release': 'ID=amzn\n' } } },
  })
  const root = join(dir, 'root')
  const link = (target: string, path: string) => {
    symlinkSync(target, join(root, path))
  }
  link('../usr/lib/os-release', 'etc/os-release')
  link('/usr/lib/os-release', 'etc/absolute')
  link('../../outside/secret', 'etc/escape')
  link('../../outside', 'etc/folder')
  link(join(dir, 'outside'), 'etc/named')
  link('/usr/lib', 'etc/lib')
  link('../usr', 'etc/usr')
  link('loop', 'etc/loop')
  return { dir, root, files: offlineHost(root).files }
}

t.test('what is read is what the booted system would read', async t => {
  const { dir, files } = rig(t)
  t.equal(await files.read('/etc/real'), 'text')
  t.equal(await files.read('/etc/os-release'), 'ID=amzn\n', 'by a link that stays inside')
  t.equal(await files.read('/etc/absolute'), 'ID=amzn\n', 'an absolute link begins at the root')
  t.same(await files.list('/etc/lib'), ['os-release'])
  t.equal(await files.read('/etc/missing'), null)
  t.equal(await files.read(join(dir, 'outside/secret')), null, 'a path of this machine means nothing in it')
  t.equal(await files.read('/etc/named/secret'), null, 'nor does a link that names one')
  t.equal(await files.link('/etc/escape'), '../../outside/secret', 'a link itself can be looked at')
  t.match(await files.stat('/etc/escape'), { kind: 'link' })
  t.match(await files.stat('/etc/real'), { kind: 'file' })
  for (const path of ['/etc/escape', '/etc/folder/secret', '/../outside/secret'])
    await t.rejects(files.read(path), { code: 'E_FILE', message: /leads out/ }, path)
  await t.rejects(files.read('/etc/loop'), { code: 'E_FILE', message: /too many/ })
  await t.rejects(files.read(`/etc/${'x'.repeat(300)}`), { code: 'E_FILE', message: /name too long/ })
})

t.test('nothing is written outside', async t => {
  const { dir, root, files } = rig(t)
  await files.write('/etc/usr/new', 'new', { mode: 0o640 })
  t.equal(readFileSync(join(root, 'usr/new'), 'utf8'), 'new', 'a relative link that stays inside is followed')
  t.equal(lstatSync(join(root, 'usr/new')).mode & 0o777, 0o640)
  await files.symlink('/etc/enabled', '/usr/lib/x')
  t.equal(
    readlinkSync(join(root, 'etc/enabled')),
    '/usr/lib/x',
    'a link says what the booted system will read',
  )
  for (const write of [
    () => files.write('/etc/folder/new', 'x'),
    () => files.write('/etc/named/new', 'x'),
    () => files.write('/etc/lib/new', 'x'),
    () => files.write('/etc/escape', 'x'),
    () => files.edit('/etc/folder/secret', () => 'x'),
    () => files.mkdir('/etc/folder/made', 0o755),
    () => files.symlink('/etc/folder/link', 'x'),
    () => files.remove('/etc/folder/secret'),
    () => files.poke('/etc/folder/secret', 'x'),
  ])
    await t.rejects(write(), { code: 'E_FILE' }, write.toString())
  t.equal(readFileSync(join(dir, 'outside/secret'), 'utf8'), 'of this machine')
  t.notOk(existsSync(join(root, 'usr/lib/new')))
  await files.remove('/etc/escape')
  t.ok(existsSync(join(dir, 'outside/secret')), 'a link is removed, not what it leads to')
})

t.test('it has files, and nothing that runs', async t => {
  const host = offlineHost(t.testdir())
  t.match(await host.run({ file: 'true', args: [] }), { exitCode: 127 })
  t.equal(await host.http({ address: '127.0.0.1', port: 80, path: '/', timeoutMs: 1 }), null)
  await t.rejects(host.start({ file: 'true', args: [] }), { code: 'E_COMMAND' })
})

t.test('what is no root folder of an image is refused', async t => {
  const dir = t.testdir({ file: '' })
  mkdirSync(join(dir, 'real'))
  writeFileSync(join(dir, 'real', 'x'), '')
  symlinkSync('real', join(dir, 'link'))
  for (const [folder, message] of [
    ['/', /root folder of this machine/],
    ['/proc/self/root', /root folder of this machine/],
    [join(dir, 'nowhere'), /no such folder/],
    [join(dir, 'file'), /not a folder/],
    [join(dir, 'x'.repeat(300)), /name too long/],
  ] as const)
    t.throws(() => offlineHost(folder), { code: 'E_USAGE', message }, folder)
  t.equal(await offlineHost(join(dir, 'link')).files.read('/x'), '', 'a link to one is none the worse')
})
