import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { nodeFiles as files } from '../../src/host/node-files.js'
import { FileError } from '../../src/model/errors.js'

const folder = (t: Test) =>
  t.testdir({
    file: 'old\n',
    link: t.fixture('symlink', 'file'),
    dangling: t.fixture('symlink', 'nowhere'),
    folder: { b: '', a: '', '.c': '' },
    empty: {},
  })

t.test('read', async t => {
  const dir = folder(t)
  t.equal(await files.read(join(dir, 'file')), 'old\n')
  t.equal(await files.read(join(dir, 'link')), 'old\n', 'a symbolic link is followed')
  t.equal(await files.read(join(dir, 'none')), null, 'no such file')
  t.equal(await files.read(join(dir, 'none/deeper')), null, 'no such folder')
  t.equal(await files.read(join(dir, 'file/deeper')), null, 'a file where a folder would be')
  t.equal(await files.read(join(dir, 'dangling')), null, 'a link to nowhere')
  await t.rejects(files.read(join(dir, 'folder')), { code: 'E_FILE', path: join(dir, 'folder') }, 'a folder')
})

t.test('list', async t => {
  const dir = folder(t)
  t.same(await files.list(join(dir, 'folder')), ['.c', 'a', 'b'], 'sorted')
  t.same(await files.list(join(dir, 'empty')), [])
  t.equal(await files.list(join(dir, 'none')), null)
  t.equal(await files.list(join(dir, 'file')), null, 'a file is no folder')
})

t.test('link', async t => {
  const dir = folder(t)
  t.equal(await files.link(join(dir, 'link')), 'file')
  t.equal(await files.link(join(dir, 'dangling')), 'nowhere', 'whether it leads anywhere or not')
  for (const name of ['file', 'folder', 'none', 'none/deeper', 'file/deeper'])
    t.equal(await files.link(join(dir, name)), null, name)
})

t.test('write', async t => {
  const dir = folder(t)
  const mode = (name: string) => lstatSync(join(dir, name)).mode & 0o777
  await files.write(join(dir, 'new'), 'text\n')
  t.equal(readFileSync(join(dir, 'new'), 'utf8'), 'text\n', 'a new file')
  t.equal(mode('new'), 0o644, 'readable by everybody unless told otherwise')
  await files.write(join(dir, 'secret'), '', { mode: 0o600 })
  t.equal(mode('secret'), 0o600)
  await files.write(join(dir, 'open'), '', { mode: 0o666 })
  t.equal(mode('open'), 0o666, 'whatever the umask')

  const { ino } = lstatSync(join(dir, 'file'))
  await files.write(join(dir, 'file'), 'new\n')
  t.equal(readFileSync(join(dir, 'file'), 'utf8'), 'new\n', 'over an old file')
  t.not(lstatSync(join(dir, 'file')).ino, ino, 'by another file in its place, never by parts')
})

const refused: readonly (readonly [name: string, why: RegExp])[] = [
  ['link', /is a symbolic link/],
  ['dangling', /is a symbolic link/],
  ['folder', /is not a regular file/],
  ['none/file', /ENOENT/],
  ['file/deeper', /ENOTDIR/],
]

t.test('what may not be written is refused, and nothing is left behind', async t => {
  for (const [name, why] of refused) {
    const dir = folder(t)
    const before = readdirSync(dir)
    await t.rejects(files.write(join(dir, name), 'text'), { code: 'E_FILE', message: why }, name)
    t.same(readdirSync(dir), before, `${name}: the folder is as it was`)
    t.equal(readFileSync(join(dir, 'file'), 'utf8'), 'old\n')
  }
  t.ok(
    await files.write('/proc/taskfence', '').catch((error: unknown) => error instanceof FileError),
    '/proc',
  )
})

t.test('many writes at once do not meet', async t => {
  const dir = folder(t)
  const names = Array.from({ length: 50 }, (_, index) => `many${index % 10}`)
  await Promise.all(names.map(name => files.write(join(dir, name), name)))
  for (const name of new Set(names)) t.equal(readFileSync(join(dir, name), 'utf8'), name)
  t.notOk(
    readdirSync(dir).some(name => name.startsWith('.taskfence')),
    'nothing is left behind',
  )
})

t.test('mkdir', async t => {
  const dir = folder(t)
  await files.mkdir(join(dir, 'made'), 0o700)
  t.equal(lstatSync(join(dir, 'made')).mode & 0o777, 0o700)
  await files.mkdir(join(dir, 'made'), 0o755)
  t.equal(lstatSync(join(dir, 'made')).mode & 0o777, 0o700, 'an existing folder stays as it is')
  for (const name of ['file', 'link', 'dangling', 'none/deeper'])
    await t.rejects(files.mkdir(join(dir, name), 0o755), { code: 'E_FILE' }, name)
})

t.test('poke', async t => {
  const dir = folder(t)
  const { ino } = lstatSync(join(dir, 'file'))
  await files.poke(join(dir, 'file'), 'new\n')
  t.equal(readFileSync(join(dir, 'file'), 'utf8'), 'new\n')
  t.equal(lstatSync(join(dir, 'file')).ino, ino, 'the same file')
  await t.rejects(
    files.poke(join(dir, 'none'), '1'),
    { code: 'E_FILE', message: /ENOENT/ },
    'never makes one',
  )
  t.notOk(readdirSync(dir).includes('none'))
})

t.test('symlink', async t => {
  const dir = folder(t)
  await files.symlink(join(dir, 'new'), 'file')
  await files.symlink(join(dir, 'new'), 'folder')
  t.equal(await files.link(join(dir, 'new')), 'folder', 'a link is replaced in one step')
  await t.rejects(files.symlink(join(dir, 'file'), 'folder'), {
    code: 'E_FILE',
    message: /not a symbolic link/,
  })
  t.equal(await files.link(join(dir, 'file')), null, 'and nothing else is')
  t.notOk(
    readdirSync(dir).some(name => name.startsWith('.')),
    'nothing is left over',
  )
})

t.test('remove', async t => {
  const dir = folder(t)
  mkdirSync(join(dir, 'full'))
  writeFileSync(join(dir, 'full/file'), '')
  symlinkSync('full', join(dir, 'to-full'))
  for (const name of ['file', 'none', 'none/deeper', 'link', 'to-full', 'to-full'])
    await files.remove(join(dir, name))
  t.same(readdirSync(dir), ['dangling', 'empty', 'folder', 'full'], 'gone, and no link was followed')
  await t.rejects(files.remove(join(dir, 'full')), { code: 'E_FILE' }, 'a folder stays')
  t.same(readdirSync(join(dir, 'full')), ['file'])
})
