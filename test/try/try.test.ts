import { existsSync } from 'node:fs'
import t, { type Test } from 'tap'
import { execute, type ExecResult } from '../lab/execute.js'
import { labHost } from '../lab/lab-host.js'
import { createLab } from '../lab/lab.js'
import { find } from '../lab/tools.js'

// The built program, as `make try` runs it, and without what the test runner tells its children.

const program = `${process.cwd()}/dist/dev/try.js`
const asNobody = [find('setpriv'), '--reuid=65534', '--regid=65534', '--clear-groups']
const bare = [find('env'), '-i', process.execPath, program]
const notRoot = process.getuid?.() !== 0

t.jobs = 3

function shows(t: Test, { exitCode, stdout, stderr }: ExecResult): void {
  t.equal(exitCode, 0, stderr)
  t.notMatch(stdout, /expected:/, 'every request went as promised')
  t.match(stdout, /Attack 3/)
  t.notMatch(stdout, '\u001b', 'plain where there is no terminal')
}

t.test('make try, as whoever runs the tests', async t => {
  t.ok(existsSync(program), 'built')
  shows(t, await execute(bare, { timeoutMs: 60_000 }))
})

// A container instance, whose files may not be touched: a lab's, for a mistake would spoil this machine's.
const copies =
  'mkdir -p /run/tmp/var/lib; cp -a /etc /run/tmp; cp -a /var/lib/ecs /run/tmp/var/lib; for folder in etc var; do mount --bind /run/tmp/$folder /$folder; done'
for (const [who, line, prefix] of [
  ['nobody, who may remove nothing of it', copies, asNobody],
  [
    'root in a chroot, out of which entering a namespace leads',
    'mkdir /run/tmp/root; mount --rbind / /run/tmp/root',
    [find('chroot'), '/run/tmp/root'],
  ],
] as const)
  t.test(
    `make try, on a container instance as ${who}`,
    { skip: notRoot && 'only root can be it' },
    async t => {
      const lab = await createLab()
      t.teardown(() => lab.dispose())
      const own = ['/etc/os-release', '/etc/resolv.conf', '/etc/ecs/ecs.config', '/var/lib/ecs/kept']
      for (const path of own) await lab.write(path, `${path} of this machine`)
      const shell = ['unshare', '--mount', 'sh', '-ec', `${line}; exec "$@"`, 'sh']
      shows(t, await lab.exec([...shell, ...prefix, ...bare], { timeoutMs: 60_000 }))
      for (const path of own) t.equal(await labHost(lab).files.read(path), `${path} of this machine`)
      t.equal(await labHost(lab).files.list('/etc/taskfence'), null)
    },
  )
