import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { reconcileImage } from '../../src/engine/image.js'
import { offlineHost } from '../../src/host/offline-host.js'
import type { Policy } from '../../src/model/policy.js'
import type { Report } from '../../src/model/report.js'
import { policyOf } from '../fakes/machine.js'

const systems = {
  'Amazon Linux 2023': 'ID="amzn"\nVERSION_ID="2023"\nPRETTY_NAME="Amazon Linux 2023"\n',
  'Amazon Linux 2': 'ID="amzn"\nVERSION_ID="2"\nPRETTY_NAME="Amazon Linux 2"\n',
  'Debian 12': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n',
  'something like Fedora': 'ID=unheard-of\nID_LIKE="fedora"\nPRETTY_NAME="Unheard"\n',
}
type System = keyof typeof systems

const programs = ['usr/sbin/nft', 'usr/sbin/iptables', 'usr/sbin/ip6tables', 'usr/bin/taskfence']
const table = '*filter\n:DOCKER-USER - [0:0]\n-A DOCKER-USER -j RETURN\nCOMMIT\n*nat\nCOMMIT\n'

/** The root folder of an image: its os-release, the programs, and whatever else the case has. */
function rootOf(t: Test, system: System, given: Readonly<Record<string, string>> = {}): string {
  const files = {
    'usr/lib/os-release': systems[system],
    'usr/lib/systemd/systemd': '',
    ...Object.fromEntries(programs.map(path => [path, ''])),
    ...given,
  }
  const root = join(t.testdir(), 'root')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    if (text !== 'none') writeFileSync(join(root, path), text)
  }
  mkdirSync(join(root, 'etc'), { recursive: true })
  symlinkSync('../usr/lib/os-release', join(root, 'etc/os-release'))
  return root
}

const bake = (
  root: string,
  mode: 'check' | 'apply' = 'apply',
  policy: Partial<Policy> = {},
  only?: readonly string[],
) =>
  reconcileImage(
    { root, mode, policy: { ...policyOf(), ...policy }, ...(only === undefined ? {} : { only }) },
    offlineHost(root),
  )

/** Everything with its kind, mode and target, and every text. */
function contents(root: string): string {
  const listed = spawnSync('find', ['.', '-printf', '%p %y %m %l\\n'], { cwd: root, encoding: 'utf8' }).stdout
  const texts = spawnSync('grep', ['-r', '', '.'], { cwd: root, encoding: 'utf8' }).stdout
  return [...listed.split('\n'), ...texts.split('\n')].sort().join('\n')
}

const changed = (report: Report) =>
  report.outcomes.flatMap(({ status, entry }) => (status === 'changed' ? [entry.id] : []))
const notes = (report: Report) => report.notes.map(({ text }) => text).join('\n')

t.test('two bakes are byte for byte the same, and a third changes nothing', async t => {
  for (const system of ['Amazon Linux 2023', 'Amazon Linux 2', 'Debian 12'] as const) {
    const one = rootOf(t, system)
    const two = join(dirname(one), 'two')
    cpSync(one, two, { recursive: true, verbatimSymlinks: true })
    const mask = process.umask(0o077)
    t.equal((await bake(one)).verdict, 'changed', system)
    process.umask(mask)
    t.equal((await bake(two)).verdict, 'changed')
    const baked = contents(one)
    t.equal(contents(two), baked, `${system}: whatever the umask of who bakes`)
    t.equal((await bake(two)).verdict, 'in-sync')
    t.equal((await bake(two, 'check')).verdict, 'in-sync')
    t.equal(contents(two), baked)
  }
})

t.test('what an image gets', async t => {
  const root = rootOf(t, 'Amazon Linux 2023')
  const check = await bake(root, 'check')
  t.equal(check.verdict, 'drifted')
  t.notMatch(contents(root), /taskfence\/fence/, 'a check writes nothing')
  const report = await bake(root)
  t.same(changed(report), [
    'file /etc/sysctl.d/99-taskfence.conf',
    'file /etc/taskfence/fence.nft',
    'file /etc/systemd/system/taskfence-fence.service',
    'unit taskfence-fence.service',
    'file /etc/taskfence/host.nft',
    'file /etc/systemd/system/taskfence-host.service',
    'unit taskfence-host.service',
    'file /etc/systemd/system/taskfence.service',
    'unit taskfence.service',
  ])
  t.same(report.claims, [])
  for (const id of ['imds-bridge', 'credentials-guard', 'route-localnet', 'task-credentials'])
    t.match(
      report.skipped.find(({ control }) => control === id)?.reason,
      /^an image has no packets: /,
      `${id} waits for the host that boots`,
    )
  t.match(
    contents(root),
    /sysinit.target.wants\/taskfence-fence.service l \d+ \/etc\/systemd\/system\/taskfence-fence.service/,
  )
})

t.test('with the units of a package nothing is written beside them', async t => {
  const root = rootOf(t, 'Debian 12', {
    'usr/lib/systemd/system/taskfence.service': '',
    'usr/lib/systemd/system/taskfence-fence.service': '',
  })
  await bake(root)
  t.match(
    contents(root),
    /multi-user.target.wants\/taskfence.service l \d+ \/usr\/lib\/systemd\/system\/taskfence.service/,
  )
  t.notMatch(contents(root), /etc\/systemd\/system\/taskfence\.service f/)
})

t.test("a fence that the image's release may not load would open it: it is made without", async t => {
  const rules = async (system: System) => {
    const root = rootOf(t, system)
    await bake(root)
    return contents(root)
  }
  t.match(await rules('Amazon Linux 2023'), /iifkind/)
  const old = await rules('Amazon Linux 2')
  t.notMatch(old, /iifkind/)
  t.match(old, /169\.254\.169\.254 counter .* drop/)
  t.match(old, /iptable_filter/, 'and its legacy iptables needs its modules')
})

t.test("the system's own restore service", async t => {
  const wants = 'etc/systemd/system/basic.target.wants/iptables.service'
  const root = rootOf(t, 'Amazon Linux 2023', {
    'usr/lib/systemd/system/iptables.service': '',
    'etc/sysconfig/iptables': table,
    [dirname(wants) + '/x']: 'none',
  })
  symlinkSync('/usr/lib/systemd/system/iptables.service', join(root, wants))
  t.ok(changed(await bake(root)).includes('lines of taskfence in /etc/sysconfig/iptables'))
  const text = (await offlineHost(root).files.read('/etc/sysconfig/iptables')) ?? ''
  t.match(text, /taskfence-imds-bridge -j DROP\n-A FORWARD .*\n-A DOCKER-USER -j RETURN\n/)
  t.match(text, /\*nat\n-A PREROUTING .* taskfence-task-credentials -j DNAT .*\n-A OUTPUT .*\nCOMMIT/)
  t.equal(
    text
      .split('\n')
      .filter(line => !line.includes('taskfence'))
      .join('\n'),
    table,
    "nobody else's line changed",
  )
  await bake(root, 'apply', { controls: { 'imds-bridge': 'off', 'task-credentials': 'off' } })
  t.equal(await offlineHost(root).files.read('/etc/sysconfig/iptables'), table)
})

t.test('one control alone, and turned off again', async t => {
  const root = rootOf(t, 'Debian 12')
  const before = contents(root)
  const report = await bake(root, 'apply', {}, ['imds-bridge'])
  t.notOk(changed(report).includes('unit taskfence.service'), 'it would carry out the whole policy')
  t.match(contents(root), /imds_bridge_ipv4/)
  t.notMatch(contents(root), /loopback_guard/)
  const off = Object.fromEntries(
    [
      'imds-bridge',
      'imds-host',
      'credentials-guard',
      'loopback-guard',
      'introspection-guard',
      'route-localnet',
      'task-credentials',
    ].map(id => [id, 'off' as const]),
  )
  await bake(root)
  await bake(root, 'apply', { controls: off })
  rmSync(join(root, 'var/lib/taskfence'), { recursive: true })
  const left = contents(root)
    .split('\n')
    .filter(line => !before.includes(line))
  t.same(
    left.filter(line => !/^\S+ d /.test(line)),
    [],
    'only folders are left',
  )
})

t.test('what cannot be told is loud', async t => {
  const like = await bake(rootOf(t, 'something like Fedora'))
  t.equal(like.verdict, 'unknown')
  t.match(notes(like), /persistence: cannot tell/)
  const bare = await bake(rootOf(t, 'Debian 12', { 'usr/lib/systemd/systemd': 'none' }))
  t.equal(bare.verdict, 'unknown')
  t.match(notes(bare), /nothing survives a reboot/)
  const noNft = await bake(rootOf(t, 'Debian 12', { 'usr/sbin/nft': 'none' }))
  t.match(notes(noNft), /there is no fence: .*`apt-get install nftables`/)
  t.notOk(changed(noNft).some(id => id.includes('fence.nft')))
  const noProgram = await bake(rootOf(t, 'Debian 12', { 'usr/bin/taskfence': 'none' }))
  t.match(notes(noProgram), /taskfence is not in \/usr\/bin/)
  t.ok(changed(noProgram).includes('unit taskfence-fence.service'), 'the fence stands without it')
})

t.test('a link that leads out of the image fails that entry, and nothing is written outside', async t => {
  const root = rootOf(t, 'Debian 12')
  const outside = join(dirname(root), 'outside')
  mkdirSync(outside)
  symlinkSync(outside, join(root, 'etc/taskfence'))
  const report = await bake(root)
  t.equal(report.verdict, 'failed')
  t.match(
    report.outcomes.find(({ entry }) => entry.id === 'file /etc/taskfence/fence.nft'),
    { status: 'failed', error: { code: 'E_FILE', message: /leads out/ } },
  )
  t.ok(changed(report).includes('file /etc/sysctl.d/99-taskfence.conf'), 'the others are written')
  t.equal(contents(outside).trim(), '. d 755')
})

t.test('what cannot be served is refused', async t => {
  const root = rootOf(t, 'Debian 12', { 'usr/lib/os-release': 'ID=bottlerocket\n' })
  await t.rejects(bake(root), { code: 'E_UNSUPPORTED' })
  const none = rootOf(t, 'Debian 12', { 'usr/lib/os-release': 'none' })
  await t.rejects(bake(none), { code: 'E_UNSUPPORTED', message: /os-release/ })
})
