import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { partsOf } from '../../src/cli/parts.js'
import { fakeHost, taskfence } from './fakes.js'

const whole = partsOf({ file: 'false', args: [] })
/** The real parts, with a machine that has no files but those of the case. */
const partsOn = (files: Record<string, string> = {}) => ({
  ...whole,
  host: () => Promise.resolve(fakeHost(files)),
})

t.test('--root: a check, a bake, a check, as anybody who may write there', async t => {
  const root = t.testdir({
    etc: { 'os-release': 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian 13"\n' },
    usr: { sbin: { nft: '', iptables: '' }, lib: { systemd: { systemd: '' } } },
  })
  const run = (...argv: readonly string[]) =>
    taskfence([...argv, '--root', root], { parts: partsOn(), userId: 1000 })
  t.equal((await run('check')).exit, 2)
  const planned = await run('plan')
  t.equal(planned.exit, 2)
  t.match(planned.stdout, /changes in this image\..*--root/s)
  const baked = await run('apply')
  t.equal(baked.exit, 0, baked.stderr)
  t.match(baked.stdout, /^Debian 13 \u00b7\s+image under /)
  t.match(baked.stdout, /skipped: an image has no packets/)
  t.match(baked.stdout, /Written into the image and read back: \d+ changes\./)
  t.equal((await run('check')).exit, 0)
  t.match(JSON.parse((await run('check', '--format', 'json')).stdout), {
    image: root,
    verdict: 'in-sync',
    claims: [],
  })

  mkdirSync(join(root, 'etc/taskfence'), { recursive: true })
  writeFileSync(join(root, 'etc/taskfence/policy.json'), '{"controls":{"route-localnet":"off"}}')
  t.match((await run('check')).stdout, /99-taskfence\.conf/, "the image's own policy counts")
  writeFileSync(join(root, 'etc/taskfence/policy.json'), '{')
  t.equal((await run('check')).exit, 78)
  const named = ['check', '--policy', '/tmp/policy.json', '--root', root]
  const files = { '/tmp/policy.json': '{}' }
  t.equal((await taskfence(named, { parts: partsOn(files) })).exit, 0, 'one that is named is of this machine')
})

t.test('--root of a system that nobody knows is no success', async t => {
  const root = t.testdir({
    etc: { 'os-release': 'ID=homegrown\nID_LIKE=debian\nPRETTY_NAME="Homegrown 1"\n' },
    usr: { sbin: { nft: '', iptables: '' }, lib: { systemd: { systemd: '' } } },
  })
  for (const command of ['plan', 'check', 'apply']) {
    const { exit, stdout } = await taskfence([command, '--root', root], { parts: partsOn(), userId: 1000 })
    t.equal(exit, 3, command)
    t.match(stdout, /Could not tell: nothing of this image was compared/)
  }
})

t.test('--root that cannot be', async t => {
  for (const [argv, says] of [
    [['apply', '--root', '/'], 'is the root folder of this machine'],
    [['apply', '--root', '/nowhere/at/all'], 'no such folder'],
    [['check', '--live', '--root', t.testdir()], '--live asks with packets'],
    [['apply', '--initialize', '--root', t.testdir()], '--initialize'],
    [['prove', '--root', '/mnt'], '--root belongs to'],
  ] as const) {
    const { exit, stderr } = await taskfence(argv, { parts: partsOn(), userId: 1000 })
    t.equal(exit, 64, argv.join(' '))
    t.ok(stderr.includes(says), stderr)
  }
})
