import t from 'tap'
import { detectCgroups } from '../../src/detect/cgroups.js'
import type { CgroupFacts } from '../../src/model/facts.js'
import { fakeHost, type Answer } from '../fakes/fake-host.js'

const v2 = { '/sys/fs/cgroup/cgroup.controllers': '', '/sys/fs/cgroup/init.scope/cgroup.procs': '' }
const hybrid = {
  '/sys/fs/cgroup/memory/ecs/0123/cgroup.procs': '',
  '/sys/fs/cgroup/unified/cgroup.controllers': '',
}
const within = (slice: string, ...names: readonly string[]) =>
  Object.fromEntries(
    ['cgroup.procs', 'memory.max', ...names.map(name => `${name}/cgroup.procs`)].map(name => [
      `/sys/fs/cgroup/${slice}/${name}`,
      '',
    ]),
  )
const tasks = within('ecstasks.slice', 'ecstasks-0123.slice', 'ecstasks-4567.slice')
const willing = { nft: '' }
/** Cgroups of net_cls and their classes; the kernel's other files have no dot there. */
const netCls = (classes: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries({ ...classes, '': 0 }).flatMap(([name, value]) => [
      [`/sys/fs/cgroup/net_cls/${name}${name === '' ? '' : '/'}net_cls.classid`, `${value}\n`],
      [`/sys/fs/cgroup/net_cls/${name}${name === '' ? '' : '/'}tasks`, ''],
    ]),
  )

type Case = readonly [
  name: string,
  files: Readonly<Record<string, string>>,
  nft: Readonly<Record<string, Answer>>,
  fact: CgroupFacts,
]

const cases: readonly Case[] = [
  ['v2 before the first task', v2, willing, { tree: 'v2', tasks: null, inside: [] }],
  [
    'v2 with tasks',
    { ...v2, ...tasks },
    willing,
    { tree: 'v2', tasks: 'ecstasks.slice', inside: ['ecstasks-0123.slice', 'ecstasks-4567.slice'] },
  ],
  [
    'v2, and nothing of the agent in a folder called ecs',
    { ...v2, ...within('ecs', '0123') },
    willing,
    { tree: 'v2', tasks: null, inside: [] },
  ],
  ['hybrid before the first task', hybrid, willing, { tree: 'hybrid', tasks: null, inside: [] }],
  [
    'hybrid with tasks',
    { ...hybrid, ...within('unified/ecs', '0123') },
    willing,
    { tree: 'hybrid', tasks: 'unified/ecs', inside: ['0123'] },
  ],
  [
    "hybrid with slices of systemd's",
    { ...hybrid, ...within('unified/ecstasks.slice', 'ecstasks-0123.slice') },
    willing,
    { tree: 'hybrid', tasks: 'unified/ecstasks.slice', inside: ['ecstasks-0123.slice'] },
  ],
  [
    'v1 without net_cls',
    { '/sys/fs/cgroup/memory/ecs/0123/cgroup.procs': '' },
    {},
    {
      tree: 'v1',
      tasks: null,
      inside: [],
      because: 'net_cls is not mounted at /sys/fs/cgroup/net_cls',
    },
  ],
  ['v1 before the first task', netCls({ docker: 0 }), willing, { tree: 'v1', tasks: null, inside: [] }],
  [
    'v1 with tasks, one of which has a container of another class',
    netCls({ ecs: 7, 'ecs/0123': 7, 'ecs/0123/c': 7, 'ecs/4567': 0, 'ecs/4567/c': 7 }),
    willing,
    {
      tree: 'v1',
      tasks: 'net_cls/ecs',
      inside: ['0123', '4567'],
      classes: { 'net_cls/ecs': 7, 'net_cls/ecs/0123': 7 },
    },
  ],
  [
    'v1, and an nft that does not know classes',
    netCls({ ecs: 0 }),
    {
      'nft -j list table': '{"socket": {"key": "cgroupv2"}}',
      'nft -c': { exitCode: 1, stderr: 'no such key' },
    },
    { tree: 'v1', tasks: 'net_cls/ecs', inside: [], because: 'no such key', classes: { 'net_cls/ecs': 0 } },
  ],
  [
    'v1, and a fence that stands',
    netCls({ ecs: 0 }),
    { 'nft -j list table inet taskfence_host': '{"meta": {"key": "cgroup"}}' },
    { tree: 'v1', tasks: 'net_cls/ecs', inside: [], classes: { 'net_cls/ecs': 0 } },
  ],
  [
    'without nft',
    { ...v2, ...within('ecstasks.slice') },
    {},
    { tree: 'v2', tasks: 'ecstasks.slice', inside: [], because: '`nft` is not installed' },
  ],
  [
    'an nft that does not know the expression',
    { ...v2, ...within('ecstasks.slice') },
    {
      'nft -j list table': { exitCode: 1 },
      'nft -c': { exitCode: 1, stderr: '/dev/stdin:4:1-2: Error: syntax error, unexpected cgroupv2\nadd …' },
    },
    {
      tree: 'v2',
      tasks: 'ecstasks.slice',
      inside: [],
      because: '/dev/stdin:4:1-2: Error: syntax error, unexpected cgroupv2',
    },
  ],
  [
    'a fence that stands shows that it can',
    { ...v2, ...within('ecstasks.slice') },
    { 'nft -j list table inet taskfence_host': '{"socket": {"key": "cgroupv2"}}' },
    { tree: 'v2', tasks: 'ecstasks.slice', inside: [] },
  ],
]

for (const [name, files, programs, fact] of cases)
  t.test(name, async t => t.strictSame(await detectCgroups(fakeHost({ files, programs })), { fact }))

t.test('nothing mounted there is nothing told', async t =>
  t.strictSame(await detectCgroups(fakeHost()), {
    fact: null,
    unknown: 'nothing is mounted at /sys/fs/cgroup',
  }),
)

t.test('without a cgroup of tasks no program is run', async t => {
  const host = fakeHost({ files: v2, programs: willing })
  await detectCgroups(host)
  t.strictSame(host.ran, [])
})
