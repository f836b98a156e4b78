import { execFileSync, spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import t from 'tap'
import { nodeFiles as files } from '../../src/host/node-files.js'
import { lookUp } from '../lab/tools.js'

const isRoot = process.getuid?.() === 0
const skip = !isRoot && 'NOT TESTED: owners and mounts need root'

const append = (text: string | null) => `${text ?? ''}ours\n`

t.test('owner, mode and extended attributes are kept', { skip }, async t => {
  // On the disk, and in memory where the kernel keeps such attributes there (Linux 6.6).
  const inMemory = fs.mkdtempSync('/dev/shm/taskfence-')
  t.teardown(() => {
    fs.rmSync(inMemory, { recursive: true })
  })
  for (const dir of [t.testdir({}), inMemory]) {
    const path = join(dir, 'file')
    fs.writeFileSync(path, 'theirs\n')
    fs.chownSync(path, 1234, 4321)
    fs.chmodSync(path, 0o4640)
    const label = ['-n', 'user.label', '-v', 'etc_t']
    const labelled = spawnSync('setfattr', [...label, path]).status === 0
    if (!labelled) t.comment(`NOT TESTED: ${dir} keeps no extended attributes, or setfattr is missing`)
    const old = new Date('2020-01-01T00:00:00Z')
    fs.utimesSync(path, old, old)

    await files.edit(path, append)
    const { uid, gid, mode, mtime } = fs.lstatSync(path)
    t.same([uid, gid, (mode & 0o7777).toString(8)], [1234, 4321, '4640'])
    t.ok(mtime > old, 'and it is new')
    t.equal(fs.readFileSync(path, 'utf8'), 'theirs\nours\n')
    if (labelled)
      t.match(
        execFileSync('getfattr', ['--absolute-names', '-n', 'user.label', path], { encoding: 'utf8' }),
        /"etc_t"/,
      )
  }
})

t.test(
  'access lists are kept',
  { skip: skip || (!lookUp('setfacl') && 'NOT TESTED: setfacl is missing') },
  async t => {
    const path = join(t.testdir({ file: 'theirs\n' }), 'file')
    execFileSync('setfacl', ['-m', 'u:1234:r', path])
    await files.edit(path, append)
    t.match(execFileSync('getfacl', ['-cnp', path], { encoding: 'utf8' }), /^user:1234:r--$/m)
  },
)

/** In the place of cp, which is run between the write and the rename. */
const copies: readonly (readonly [behaviour: string, script: string, outcome: RegExp | string])[] = [
  ['is missing', '', /cannot be kept: spawn cp ENOENT/],
  ['fails', 'echo "cp: no" >&2; exit 1', /cannot be kept: cp: no$/],
  [
    'cannot keep a label',
    `echo "cp: setting attribute 'security.selinux'" >&2`,
    /cannot be kept: cp: setting/,
  ],
  ['hangs', 'exec sleep 60', /cannot be kept: Command failed: cp/],
  [
    'is slow, and somebody adds a line',
    '[ -e done ] || echo theirs >> file; touch done',
    'old\ntheirs\nours\n',
  ],
  ['is slow, and somebody takes the file away', '[ -e done ] || rm file; touch done', 'ours\n'],
]

for (const [behaviour, script, outcome] of copies)
  t.test(`cp ${behaviour}`, async t => {
    const dir = t.testdir({ bin: {}, etc: { file: 'old\n' } })
    const path = join(dir, 'etc/file')
    if (script !== '')
      fs.writeFileSync(join(dir, 'bin/cp'), `#!/bin/sh\ncd ${join(dir, 'etc')}\n${script}\n`, { mode: 0o755 })
    const before = process.env['PATH'] ?? ''
    process.env['PATH'] = script === '' ? join(dir, 'bin') : `${join(dir, 'bin')}${delimiter}${before}`
    try {
      if (typeof outcome === 'string') await files.edit(path, append)
      else await t.rejects(files.edit(path, append), { code: 'E_FILE', path, message: outcome })
    } finally {
      process.env['PATH'] = before
    }
    t.equal(fs.readFileSync(path, 'utf8'), typeof outcome === 'string' ? outcome : 'old\n')
    t.same(
      fs.readdirSync(join(dir, 'etc')).filter(name => name !== 'done'),
      ['file'],
      'nothing is left behind',
    )
  })

/** A process of its own that edits: FILE, then how often. */
const program = join(t.testdir({}), 'editor.mjs')
await build({
  stdin: {
    contents: `import { nodeFiles } from './src/host/node-files.ts'
      const texts = ['a\\n'.repeat(20000), 'b\\n'.repeat(30000)]
      for (let turn = Number(process.argv[3]); turn > 0; turn -= 1)
        await nodeFiles.edit(process.argv[2], () => texts[turn % 2])`,
    resolveDir: '.',
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: program,
})

t.test('a full disk', { skip }, async t => {
  const dir = t.testdir({ mount: {} })
  // 128 KiB: a text fits, a second one beside it does not.
  const script = `mount -t tmpfs -o size=128k tmpfs "$1" && cd "$1" && head -c 120000 /dev/zero | tr '\\0' x > file &&
    ! "$2" "$3" "$1/file" 1 2> error && sha256sum < file && ls -A && grep -o 'ENOSPC[^,]*' error | head -1`
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', 'sh', '-c', script, 'sh', join(dir, 'mount'), process.execPath, program],
    { encoding: 'utf8' },
  )
  const sum = execFileSync('sha256sum', { input: 'x'.repeat(120_000), encoding: 'utf8' })
  t.equal(
    stdout,
    `${sum}error\nfile\nENOSPC: no space left on device\n`,
    `untouched, and nothing left: ${stderr}`,
  )
})

t.test('a file system that is read-only', { skip }, async t => {
  const dir = t.testdir({ mount: {} })
  const script = `mount -t tmpfs tmpfs "$1" && echo old > "$1/file" && mount -o remount,ro "$1" &&
    ! "$2" "$3" "$1/file" 1 2>&1 | grep -o 'EROFS[^,]*' | head -1; cat "$1/file"`
  const args = [join(dir, 'mount'), process.execPath, program]
  const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', ...args], {
    encoding: 'utf8',
  })
  t.equal(stdout, 'EROFS: read-only file system\nold\n')
})

t.test('killed before the rename', async t => {
  const dir = t.testdir({ bin: { cp: '#!/bin/sh\nkill -9 $PPID\n' }, etc: { file: 'old\n' } })
  fs.chmodSync(join(dir, 'bin/cp'), 0o755)
  const path = join(dir, 'etc/file')
  const env = { ...process.env, PATH: `${join(dir, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` }
  const { signal } = spawnSync(process.execPath, [program, path, '1'], { env })
  t.equal(signal, 'SIGKILL')
  t.equal(fs.readFileSync(path, 'utf8'), 'old\n', 'untouched')
  const [left = ''] = fs.readdirSync(join(dir, 'etc'))
  t.match(left, /^\.file\.taskfence-/)
  t.equal(fs.lstatSync(join(dir, 'etc', left)).mode & 0o777, 0o600, "what was left is for nobody else's eyes")
  await files.edit(path, append)
  t.same(fs.readdirSync(join(dir, 'etc')), ['file'], 'and the next edit takes it away')
})

t.test('killed at any moment, it is one text or the other', async t => {
  const path = join(t.testdir({ file: 'a\n'.repeat(20_000) }), 'file')
  for (let round = 0; round < 12; round += 1) {
    const child = spawn(process.execPath, [program, path, '100000'], { stdio: 'ignore' })
    const gone = new Promise(resolve => child.on('close', resolve))
    await sleep(120 + round * 13)
    child.kill('SIGKILL')
    await gone
    const text = fs.readFileSync(path, 'utf8')
    t.match(`${text.slice(0, 1)}${text.length}`, /^(a40000|b60000)$/)
    t.equal(new Set(text).size, 2, 'of one piece')
  }
})
