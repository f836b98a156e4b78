import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { offlineHost } from '../../src/host/offline-host.js'
import { createLook } from '../../src/look/create-look.js'
import type { FenceFile, Resource, RulesFileLines, State } from '../../src/model/resource.js'
import { fenceFileText } from '../../src/resources/fence-file-text.js'
import { kindOf } from '../../src/resources/index.js'
import { factsOf } from '../fakes/machine.js'

const foreign = '*filter\n:INPUT ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A DOCKER-USER -j RETURN\nCOMMIT\n'

/** A real file system under a folder of its own. */
function rig(t: Test) {
  const root = t.testdir({
    etc: {
      'nftables.conf': 'flush ruleset\n',
      iptables: { 'rules.v4': foreign },
      systemd: { system: { 'sysinit.target.wants': {} } },
    },
    usr: { lib: { systemd: { system: { 'x.service': '' } } } },
  })
  chmodSync(join(root, 'etc/iptables/rules.v4'), 0o640)
  const host = offlineHost(root)
  return {
    root,
    host,
    read: (resource: Resource, wanted: State) =>
      kindOf(resource).read(resource, createLook(host, factsOf()), wanted),
    write: (resource: Resource, state: State) => kindOf(resource).write([{ resource, state }], host),
    /** Everything that stands, with modes and targets; folders that a write makes stay. */
    listing: () => {
      const { stdout } = spawnSync('find', ['.', '!', '-type', 'd', '-printf', '%p %m %l\\n'], { cwd: root })
      const texts = spawnSync('find', ['.', '-type', 'f', '-exec', 'cat', '{}', '+'], { cwd: root })
      return `${stdout.toString().split('\n').sort().join('\n')}\n${texts.stdout.toString()}`
    },
  }
}

const rule = (name: string, tag: string) => ({
  resource: { kind: 'fence-rule', table: 'taskfence', chain: 'forward', name, tag } as const,
  state: `ip daddr 192.0.2.1 counter name "${name}" drop`,
})
const one = rule('one', 'taskfence-one')
const two = rule('two', 'taskfence-two')
const fence = (...tags: readonly string[]): FenceFile => ({
  kind: 'fence-file',
  path: '/etc/taskfence/fence.nft',
  table: 'taskfence',
  tags: tags.length === 0 ? null : tags,
})
const unit = (...wantedBy: readonly string[]): Resource => ({
  kind: 'service-unit',
  name: 'x.service',
  file: '/usr/lib/systemd/system/x.service',
  wantedBy,
})
const lines: RulesFileLines = {
  kind: 'rules-file-lines',
  path: '/etc/iptables/rules.v4',
  family: 'ipv4',
  tags: ['taskfence-one'],
  lines: [
    {
      table: 'filter',
      chain: 'DOCKER-USER',
      leadsTo: null,
      position: 'head',
      text: '-A DOCKER-USER -m comment --comment taskfence-one -j DROP',
    },
  ],
}
const file = (path: string): Resource => ({ kind: 'file', path, mode: 0o644 })

const kinds: readonly (readonly [resource: Resource, state: string])[] = [
  [file('/etc/new/folder/ours.conf'), 'a\nb\n'],
  [file('/etc/systemd/system/y.service.d/taskfence.conf'), '[Service]\n'],
  [fence(), fenceFileText('taskfence', [one])],
  [fence('taskfence-one'), fenceFileText('taskfence', [one])],
  [unit('sysinit.target'), 'enabled'],
  [unit('sysinit.target', 'multi-user.target'), 'enabled'],
  [lines, 'present'],
  [{ kind: 'file-line', path: '/etc/nftables.conf', line: 'include "x" # taskfence' }, 'present'],
]

for (const [resource, state] of kinds)
  t.test(`laws: ${kindOf(resource).id(resource)}`, async t => {
    const { read, write, listing } = rig(t)
    const before = listing()
    t.equal(await read(resource, state), null, 'does not stand yet')
    await write(resource, null)
    t.equal(listing(), before, 'taking away what does not stand changes nothing')
    await write(resource, state)
    t.equal(await read(resource, state), state, 'what is written reads back')
    const written = listing()
    t.not(written, before)
    await write(resource, state)
    t.equal(listing(), written, 'written twice is written once')
    await write(resource, null)
    t.equal(await read(resource, null), null, 'what is taken away is gone')
    t.equal(listing(), before, 'and leaves no trace')
  })

t.test('a file of ours: every other text or mode is drift, and what is none cannot be told', async t => {
  const { root, read, write } = rig(t)
  const ours = file('/etc/ours')
  const path = join(root, 'etc/ours')
  await write(ours, 'text\n')
  chmodSync(path, 0o666)
  t.equal(await read(ours, 'text\n'), 'mode 666 instead of 644\ntext\n')
  writeFileSync(path, 'edited\n')
  chmodSync(path, 0o644)
  t.equal(await read(ours, 'text\n'), 'edited\n')
  await write(ours, 'text\n')
  t.equal(await read(ours, 'text\n'), 'text\n')
  symlinkSync('ours', join(root, 'etc/link'))
  mkdirSync(join(root, 'etc/folder'))
  for (const name of ['link', 'folder']) {
    await t.rejects(read(file(`/etc/${name}`), 'x'), { code: 'E_FILE' }, name)
    await t.rejects(write(file(`/etc/${name}`), 'x'), { code: 'E_FILE' }, `${name}: nothing is written`)
  }
})

t.test('the fence as a file: who asks for one control leaves the others alone', async t => {
  const { root, read, write } = rig(t)
  const text = () => read(fence(), '')
  await write(fence('taskfence-one'), fenceFileText('taskfence', [one]))
  await write(fence('taskfence-two'), fenceFileText('taskfence', [two]))
  t.equal(await text(), fenceFileText('taskfence', [one, two]))
  t.equal(await read(fence('taskfence-one'), ''), fenceFileText('taskfence', [one]))
  await write(fence('taskfence-two'), null)
  t.equal(await text(), fenceFileText('taskfence', [one]))
  const edited = `${fenceFileText('taskfence', [one])}add rule inet taskfence forward accept\n`
  writeFileSync(join(root, 'etc/taskfence/fence.nft'), edited)
  t.equal(await read(fence('taskfence-two'), ''), edited, 'an edited one is drift for everybody')
  await write(fence('taskfence-two'), fenceFileText('taskfence', [two]))
  t.equal(await text(), fenceFileText('taskfence', [one, two]), 'what is no rule of ours goes')
})

t.test('a unit', async t => {
  const { root, host, read, write } = rig(t)
  const both = unit('sysinit.target', 'multi-user.target')
  const links = join(root, 'etc/systemd/system')
  await write(unit('sysinit.target'), 'enabled')
  t.equal(
    readlinkSync(join(links, 'sysinit.target.wants/x.service')),
    '/usr/lib/systemd/system/x.service',
    'as systemctl links it',
  )
  t.equal(await read(both, 'enabled'), 'not pulled in by multi-user.target')
  await write(both, 'enabled')
  t.equal(await read(both, 'enabled'), 'enabled')
  await host.files.remove('/usr/lib/systemd/system/x.service')
  t.match(await read(both, 'enabled'), /there is no \/usr\/lib/)
  symlinkSync('/dev/null', join(links, 'x.service'))
  t.equal(await read(both, 'enabled'), 'masked')
  await t.rejects(write(both, 'enabled'), { message: /masked/, hint: /unmask/ }, 'who masked it meant it')
})

t.test('one that fails does not keep the others from being written', async t => {
  const { root, host, read } = rig(t)
  symlinkSync('/dev/null', join(root, 'etc/systemd/system/x.service'))
  const dropIn = file('/etc/systemd/system/y.service.d/taskfence.conf')
  const writes = [
    { resource: unit('sysinit.target'), state: 'enabled' },
    { resource: dropIn, state: '[Service]\n' },
  ]
  t.equal(
    kindOf(dropIn).batch?.(dropIn),
    kindOf(unit()).batch?.(unit()),
    'one batch, so systemd is told once',
  )
  await t.rejects(kindOf(dropIn).write(writes, host), { message: /masked/ })
  t.equal(await read(dropIn, ''), '[Service]\n')
})

t.test("somebody else's file", async t => {
  const { root, host, read, write } = rig(t)
  await write(lines, 'present')
  t.match(await host.files.stat(lines.path), { mode: 0o640 }, 'keeps its mode')
  writeFileSync(join(root, lines.path), '*filter\nCOMMIT')
  t.equal(
    await read({ ...lines, path: '/etc/iptables/none' }, 'present'),
    'present',
    'without it nothing is flushed',
  )
  writeFileSync(join(root, lines.path), 'rubbish\n')
  await t.rejects(read(lines, 'present'), { code: 'E_PARSE' })
  await t.rejects(write(lines, 'present'), { code: 'E_PARSE' }, 'and nothing is written')
  const include: Resource = { kind: 'file-line', path: '/etc/nftables.conf', line: 'include "x"' }
  writeFileSync(join(root, 'etc/nftables.conf'), 'include "x"\nflush ruleset')
  t.equal(await read(include, 'present'), 'not the last line')
  await write(include, 'present')
  t.equal(await host.files.read('/etc/nftables.conf'), 'flush ruleset\ninclude "x"\n')
  await t.rejects(write({ ...include, path: '/etc/none' }, 'present'), { code: 'E_FILE' })
})

t.test(
  "somebody else's file that goes while it is edited does not come back with our lines alone",
  async t => {
    for (const [resource, state] of [
      [lines, 'present'],
      [{ kind: 'file-line', path: '/etc/nftables.conf', line: 'include "x" # taskfence' }, 'present'],
      [{ kind: 'own-lines', path: '/etc/nftables.conf' }, null],
    ] as const) {
      const { root, host } = rig(t)
      const { path } = resource
      const files = {
        ...host.files,
        edit: async (...args: Parameters<typeof host.files.edit>) => {
          await host.files.remove(path)
          await host.files.edit(...args)
        },
      }
      const written = kindOf(resource).write([{ resource, state }], { ...host, files })
      await t.rejects(written, { code: 'E_FILE', path }, kindOf(resource).id(resource))
      t.notOk(existsSync(join(root, path)))
    }
  },
)
