import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { noWine } from '../windows/wine/wine.js'

// taskfence.exe as `make dist` packed it, run under wine. What it does on a host is asked of the program itself in
// test/windows/wine.long.ts.

const archive = resolve('dist/packages/taskfence-win-x64.tar.gz')
const skip = noWine || (existsSync(archive) ? false : 'not made yet: `make dist` makes it')

t.test('taskfence.exe runs as it was packed', { skip, timeout: 240_000 }, t => {
  const folder = t.testdir()
  execFileSync('tar', ['-C', folder, '-xzf', archive])
  // wine.long.ts may use the other one at this moment, in a network of its own.
  const prefix = join(folder, 'prefix')
  execFileSync('cp', ['-a', '--reflink=auto', resolve('node_modules/.cache/taskfence-wine/prefix'), prefix])
  const env = { PATH: process.env['PATH'], HOME: folder, WINEPREFIX: prefix, WINEDEBUG: '-all' }
  t.teardown(() => spawnSync('/usr/lib/wine/wineserver64', ['-k', '-w'], { env }))
  // Under wine Node cannot write to a pipe of Linux.
  const taskfence = (...args: readonly string[]) => {
    const paths = [join(folder, 'out'), join(folder, 'err')] as const
    const { status } = spawnSync('/usr/lib/wine/wine64', [join(folder, 'taskfence/taskfence.exe'), ...args], {
      env,
      stdio: ['ignore', openSync(paths[0], 'w'), openSync(paths[1], 'w')],
      timeout: 100_000,
    })
    return { status, stdout: readFileSync(paths[0], 'utf8'), stderr: readFileSync(paths[1], 'utf8') }
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  t.same(taskfence('--version'), { status: 0, stdout: `${version}\n`, stderr: '' })
  t.match(taskfence('explain', 'windows-address'), { status: 0, stdout: /^windows-address: / })
  t.match(taskfence('plna'), { status: 64, stderr: /did you mean plan\?/ })
  t.ok(existsSync(join(folder, 'taskfence/windows/settings/address.ps1')), 'its scripts lie beside it')
  t.end()
})
