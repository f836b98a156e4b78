import { execFile, execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { nodeFiles as files } from '../../src/host/node-files.js'

const isRoot = process.getuid?.() === 0
/** What changes when anybody touches it; reading does not count. */
const marks = (path: string) => {
  const { ino, ctimeMs } = fs.lstatSync(path)
  return { ino, ctimeMs }
}
const append = (line: string) => (text: string | null) => `${text ?? ''}${line}\n`

const folder = (t: Test) =>
  t.testdir({
    file: 'old\n',
    link: t.fixture('symlink', 'file'),
    dangling: t.fixture('symlink', 'nowhere'),
    folder: {},
  })

t.test('edit', async t => {
  const dir = folder(t)
  const path = join(dir, 'file')
  const before = marks(path)
  await files.edit(path, append('new'))
  t.equal(fs.readFileSync(path, 'utf8'), 'old\nnew\n')
  t.not(marks(path).ino, before.ino, 'by another file in its place, never by parts')

  const written = marks(path)
  await files.edit(path, text => text ?? '')
  t.same(marks(path), written, 'the same text writes nothing')

  await files.edit(join(dir, 'made'), append('new'))
  t.equal(fs.readFileSync(join(dir, 'made'), 'utf8'), 'new\n', 'a new file')
  t.equal(fs.lstatSync(join(dir, 'made')).mode & 0o777, 0o644)
  t.same(fs.readdirSync(dir), ['dangling', 'file', 'folder', 'link', 'made'], 'nothing is left behind')

  fs.writeFileSync(path, '\ufeffé𝒳\r\n\u2028')
  await files.edit(path, text => `${text ?? ''}.`)
  t.equal(fs.readFileSync(path, 'utf8'), '\ufeffé𝒳\r\n\u2028.', 'byte for byte')
})

const odd: readonly (readonly [name: string, content: Buffer | string, why: RegExp])[] = [
  ['a folder', 'mkdir', /is a folder$/],
  ['a pipe', 'mkfifo', /is not a regular file$/],
  ['binary', Buffer.from('ECS_A=1\0\n'), /NUL bytes/],
  ['Latin-1', Buffer.from('# caf\xe9\n', 'latin1'), /not text in UTF-8/],
  ['half a letter', Buffer.from([0x41, 0xe2, 0x82]), /not text in UTF-8/],
  ['10 MiB', Buffer.from('ECS_A=1\n'.repeat(1_310_720)), /is larger than 1 MiB$/],
  ['nobody may read it', Buffer.from('old\n'), /EACCES/],
]

for (const [name, content, why] of odd)
  t.test(`${name}: said, and left as it is`, async t => {
    const dir = folder(t)
    fs.chmodSync(dir, 0o777)
    const path = join(dir, 'odd')
    if (typeof content === 'string') execFileSync(content, [path])
    else fs.writeFileSync(path, content, { mode: name === 'nobody may read it' ? 0o000 : 0o644 })
    const before = [marks(path), fs.readdirSync(dir)]
    // Root may read everything.
    if (isRoot && name === 'nobody may read it') process.seteuid?.(65534)
    try {
      await t.rejects(files.readText(path), { code: 'E_FILE', path, message: why }, 'read')
      await t.rejects(files.edit(path, append('new')), { code: 'E_FILE', path, message: why }, 'edit')
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
    t.same([marks(path), fs.readdirSync(dir)], before)
  })

t.test('symbolic links are read, and not edited', async t => {
  const dir = folder(t)
  t.equal(await files.readText(join(dir, 'link')), 'old\n')
  t.equal(await files.readText(join(dir, 'dangling')), null)
  for (const name of ['link', 'dangling'])
    await t.rejects(files.edit(join(dir, name), append('new')), { message: /is a symbolic link$/ }, name)
  t.equal(fs.readFileSync(join(dir, 'file'), 'utf8'), 'old\n')
  await t.rejects(files.edit(join(dir, 'none/file'), append('new')), { code: 'E_FILE' }, 'no such folder')
})

const others: readonly (readonly [name: string, write: (path: string, turn: number) => void])[] = [
  [
    'adds a line',
    (path, turn) => {
      fs.appendFileSync(path, `theirs ${turn}\n`)
    },
  ],
  [
    'writes as much in its place',
    (path, turn) => {
      fs.writeFileSync(path, `${turn}${fs.readFileSync(path, 'utf8').slice(1)}`)
    },
  ],
  [
    'puts another file there',
    (path, turn) => {
      fs.writeFileSync(`${path}~`, `theirs ${turn}\n`)
      fs.renameSync(`${path}~`, path)
    },
  ],
  [
    'changes its mode',
    (path, turn) => {
      fs.chmodSync(path, 0o600 + turn)
    },
  ],
]

for (const [name, write] of others)
  t.test(`somebody ${name} in between`, async t => {
    const path = join(folder(t), 'file')
    let turn = 0
    let theirs = ''
    let mode = 0
    await files.edit(path, text => {
      if (turn < 3) write(path, (turn += 1))
      theirs = fs.readFileSync(path, 'utf8')
      mode = fs.lstatSync(path).mode
      return append('ours')(text)
    })
    t.equal(turn, 3, 'it is read again')
    t.equal(fs.readFileSync(path, 'utf8'), `${theirs}ours\n`, 'what they wrote stays')
    t.equal(fs.lstatSync(path).mode, mode)

    turn = 0
    const always = (text: string | null) => {
      write(path, (turn += 1))
      theirs = fs.readFileSync(path, 'utf8')
      return append('ours')(text)
    }
    await t.rejects(files.edit(path, always), { code: 'E_FILE', message: /somebody else wrote it each/ })
    t.ok(turn < 10, 'not for ever')
    t.equal(fs.readFileSync(path, 'utf8'), theirs, 'and nothing of ours came of it')
    t.same(fs.readdirSync(join(path, '..')).length, 4, 'nothing is left behind')
  })

t.test('somebody makes or takes the file in between', async t => {
  const dir = folder(t)
  let turn = 0
  await files.edit(join(dir, 'made'), text => {
    if (turn++ === 0) fs.writeFileSync(join(dir, 'made'), 'theirs\n')
    return append('ours')(text)
  })
  t.equal(fs.readFileSync(join(dir, 'made'), 'utf8'), 'theirs\nours\n')
  await files.edit(join(dir, 'file'), text => {
    if (turn++ === 2) fs.rmSync(join(dir, 'file'))
    return append('ours')(text)
  })
  t.equal(fs.readFileSync(join(dir, 'file'), 'utf8'), 'ours\n')
})

t.test('who reads meanwhile sees one text or the other', async t => {
  const path = join(folder(t), 'file')
  const texts = ['a\n'.repeat(40_000), 'b\n'.repeat(50_000)] as const
  fs.writeFileSync(path, texts[0])
  const script = `
    const seen = new Set()
    const clock = Date.now() + 20_000
    for (let left = 300; left > 0 && Date.now() < clock; left -= seen.size > 1) seen.add(require('node:fs').readFileSync(${JSON.stringify(path)}, 'utf8').replace(/(.\\n)\\1*/g, (all, one) => one[0] + all.length))
    console.log([...seen].sort().join())`
  const reading = new AbortController()
  const reader = promisify(execFile)(process.execPath, ['-e', script]).finally(() => {
    reading.abort()
  })
  for (let turn = 1; !reading.signal.aborted; turn += 1) await files.edit(path, () => texts[turn % 2] ?? '')
  t.equal((await reader).stdout, 'a80000,b100000\n')
})
