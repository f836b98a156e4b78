import t from 'tap'
import { detectBoot } from '../../src/detect/boot.js'
import { parseSysctls } from '../../src/detect/sysctl-files.js'
import { fakeHost, type FakeOptions } from '../fakes/fake-host.js'

const systemd = { '/usr/lib/systemd/systemd': '' }
const unit = (name: string, folder = '/usr/lib/systemd/system') => ({ [`${folder}/${name}`]: '' })
const told = async (options: FakeOptions) =>
  (await detectBoot(fakeHost({ ...options, files: { ...systemd, ...options.files } }))).fact

t.test('how a system starts', async t => {
  t.match((await detectBoot(fakeHost())).fact, { systemd: false, units: {} })
  t.same(await told({}), { systemd: true, units: {}, program: null, laterSysctls: [] })
  t.match(await told({ files: unit('taskfence') }), { units: {} })
  t.match(await told({ files: { '/usr/local/bin/taskfence': '' } }), { program: '/usr/local/bin/taskfence' })
  t.match(await told({ links: { '/usr/bin/taskfence': '../lib/taskfence/taskfence.js' } }), {
    program: '/usr/bin/taskfence',
  })
})

t.test('units by their files and links', async t => {
  const wants = (target: string) => ({ [`/etc/systemd/system/${target}.wants/iptables.service`]: 'x' })
  const file = '/usr/lib/systemd/system/iptables.service'
  const found = (enabled: boolean) => ({ units: { 'iptables.service': { file, enabled } } })
  t.match(await told({ files: unit('iptables.service') }), found(false))
  t.match(
    await told({ files: { ...unit('iptables.service'), ...wants('multi-user.target') } }),
    found(false),
    'systemd passes over what is no link there',
  )
  for (const target of ['basic.target', 'multi-user.target', 'sysinit.target'])
    t.match(await told({ files: unit('iptables.service'), links: wants(target) }), found(true), target)
  t.match(
    await told({
      files: { ...unit('taskfence.service'), ...unit('taskfence.service', '/etc/systemd/system') },
    }),
    { units: { 'taskfence.service': { file: '/usr/lib/systemd/system/taskfence.service' } } },
    "a package's file is the one that links name",
  )
})

const key = 'net.ipv4.conf.all.route_localnet'
const set = (value: string) => `${key} = ${value}\n`

const precedence: readonly (readonly [
  behaviour: string,
  files: Readonly<Record<string, string>>,
  winners: readonly string[],
])[] = [
  ['nobody else sets it', { '/etc/sysctl.d/99-zz.conf': 'vm.swappiness = 1\n' }, []],
  ['a file before ours loses', { '/etc/sysctl.d/50-cis.conf': set('0') }, []],
  ['so does one before ours by a letter', { '/etc/sysctl.d/99-sysctl.conf': set('0') }, []],
  [
    'a file after ours wins, wherever it is',
    { '/usr/lib/sysctl.d/99-zz.conf': set('0') },
    ['/usr/lib/sysctl.d/99-zz.conf'],
  ],
  [
    'of files with one name /etc comes before /run before /usr/lib',
    { '/usr/lib/sysctl.d/zz.conf': set('0'), '/run/sysctl.d/zz.conf': set('0'), '/etc/sysctl.d/zz.conf': '' },
    [],
  ],
  ['our own name elsewhere is never read', { '/run/sysctl.d/99-taskfence.conf': set('0') }, []],
  ['only *.conf is read', { '/etc/sysctl.d/zz.conf.bak': set('0') }, []],
  [
    'of several the last that is read',
    { '/run/sysctl.d/zz.conf': set('1'), '/etc/sysctl.d/99-u.conf': set('0') },
    ['/run/sysctl.d/zz.conf'],
  ],
  [
    'each key for itself',
    {
      '/run/sysctl.d/zz.conf': set('1'),
      '/etc/sysctl.d/99-u.conf': `${set('0')}net.ipv4.conf.default.route_localnet = 0\n`,
    },
    ['/etc/sysctl.d/99-u.conf', '/run/sysctl.d/zz.conf'],
  ],
  [
    'a key that one file sets twice',
    { '/etc/sysctl.d/zz.conf': `${set('0')}${set('1')}` },
    ['/etc/sysctl.d/zz.conf'],
  ],
  [
    'a /lib that is a folder of its own is read last',
    { '/lib/sysctl.d/zz.conf': set('0'), '/lib/sysctl.d/99-zz.conf': set('0') },
    ['/lib/sysctl.d/zz.conf'],
  ],
  [
    'and one that is the same says nothing twice',
    { '/lib/sysctl.d/zz.conf': set('0'), '/usr/lib/sysctl.d/zz.conf': set('0') },
    ['/usr/lib/sysctl.d/zz.conf'],
  ],
]

t.test("systemd's real precedence", async t => {
  for (const [behaviour, files, winners] of precedence)
    t.same(
      (await told({ files })).laterSysctls.map(({ path }) => path),
      winners,
      behaviour,
    )
})

t.test('settings of sysctl.d', async t => {
  for (const [line, found] of [
    ['net.ipv4.conf.all.route_localnet=0', [key, '0']],
    ['  -net/ipv4/conf/all/route_localnet = 0  ', [key, '0']],
    ['net/ipv4/conf/eth0.100/forwarding = 1', ['net.ipv4.conf.eth0/100.forwarding', '1']],
    ['# net.ipv4.conf.all.route_localnet = 0', null],
    ['; net.ipv4.conf.all.route_localnet = 0', null],
    ['-net.ipv4.conf.eth0.forwarding', null],
    ['', null],
  ] as const)
    t.same(parseSysctls(line), found === null ? [] : [{ key: found[0], value: found[1] }], line)
})
