import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

// `make install` brings what the packages bring; `make uninstall` leaves nothing of it.

const make = (target: string, ...set: readonly string[]) =>
  execFileSync('make', ['--silent', '-o', 'build', target, ...set], { stdio: 'pipe' })

/** Files and links; folders stay, as others may use them. */
const filesIn = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length))
    .sort()

/** What a package brings under its prefix. */
const beside = [
  '/bin/taskfence',
  '/lib/systemd/system/taskfence-fence.service',
  '/lib/systemd/system/taskfence-host.service',
  '/lib/systemd/system/taskfence.service',
  '/share/bash-completion/completions/taskfence',
  '/share/doc/taskfence/examples/policy.json',
  '/share/man/man8/taskfence.8',
  '/share/zsh/site-functions/_taskfence',
]

const isThere = existsSync('dist/taskfence')

for (const [prefix, executable] of [
  ['/usr', 'yes'],
  ['/usr/local', 'no'],
] as const)
  t.test(`to ${prefix}, as one file: ${executable}`, async t => {
    const root = t.testdir({ usr: { bin: { other: '' }, lib: { other: '' } } })
    const before = filesIn(root)
    const set = [`DESTDIR=${root}`, `PREFIX=${prefix}`, `EXECUTABLE=${executable}`]
    make('install', ...set)
    const installed = filesIn(root)
    t.same(
      installed.filter(path => !path.startsWith(`${prefix}/lib/taskfence/`) && !path.endsWith('other')),
      beside.map(path => prefix + path),
    )
    const isOneFile = isThere && executable === 'yes'
    t.equal(
      lstatSync(join(root, prefix, 'bin/taskfence')).isFile(),
      isOneFile,
      'a file, or a link to the script',
    )
    t.equal(
      existsSync(join(root, prefix, 'lib/taskfence')),
      !isOneFile,
      'with nothing beside it, or all it needs',
    )
    const said = execFileSync(join(root, prefix, 'bin/taskfence'), ['--version'], { encoding: 'utf8' })
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    t.equal(said.trim(), version, 'it starts')
    const unit = join(root, prefix, 'lib/systemd/system/taskfence.service')
    t.match(readFileSync(unit, 'utf8'), `\nExecStart=${prefix}/bin/taskfence watch\n`)
    t.equal(statSync(unit).mode & 0o777, 0o644)
    make('install', ...set)
    t.same(filesIn(root), installed, 'installed again it is the same')
    make('uninstall', ...set)
    t.same(filesIn(root), before, 'and nothing of it stays')
  })
