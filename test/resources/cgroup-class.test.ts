import t from 'tap'
import { createLook } from '../../src/look/create-look.js'
import type { CgroupClass, State } from '../../src/model/resource.js'
import { cgroupClass } from '../../src/resources/cgroup-class.js'
import { fakeHost } from '../fakes/fake-host.js'
import { factsOf } from '../fakes/machine.js'

const path = '/sys/fs/cgroup/net_cls/ecs'
const of = (...apart: readonly string[]): CgroupClass => ({ kind: 'cgroup-class', path, apart })
const ours = '0x7a5f0001'
const number = String(Number(ours))

/** By their way below `path`; '' is itself. */
const cgroups = (classes: Readonly<Record<string, string>>) =>
  fakeHost({
    files: Object.fromEntries(
      Object.entries(classes).flatMap(([below, value]) => [
        [`${path}${below}/net_cls.classid`, `${value}\n`],
        [`${path}${below}/tasks`, ''],
      ]),
    ),
  })

interface Case {
  readonly name: string
  readonly before: Readonly<Record<string, string>>
  readonly apart?: readonly string[]
  readonly reads: State
  /** What stands after writing; left out: the write rejects, and nothing is changed. */
  readonly after?: Readonly<Record<string, string>>
}

const cases: readonly Case[] = [
  {
    name: 'nothing has one',
    before: { '': '0', '/a': '0', '/a/c': '0' },
    reads: null,
    after: { '': number, '/a': number, '/a/c': number },
  },
  {
    name: 'all have it',
    before: { '': number, '/a': number },
    reads: ours,
    after: { '': number, '/a': number },
  },
  {
    name: 'a task that runs has none',
    before: { '': number, '/a': '0' },
    reads: `${ours}, but not in all that is below`,
    after: { '': number, '/a': number },
  },
  {
    name: 'a container of an older task has none',
    before: { '': number, '/a': number, '/a/c': '0' },
    reads: `${ours}, but not in all that is below`,
    after: { '': number, '/a': number, '/a/c': number },
  },
  {
    name: 'one stands apart',
    before: { '': number, '/a': number, '/a/c': number, '/b': number },
    apart: ['a'],
    reads: `${ours}, but not in all that is below`,
    after: { '': number, '/a': '0', '/a/c': '0', '/b': number },
  },
  { name: 'one stands apart already', before: { '': number, '/a': '0' }, apart: ['a'], reads: ours },
  { name: "somebody else's", before: { '': '0', '/a': '65537' }, reads: '0x10001 of somebody else' },
]

for (const { name, before, apart = [], reads, after } of cases)
  t.test(name, async t => {
    const host = cgroups(before)
    const read = (wanted: State) => cgroupClass.read(of(...apart), createLook(host, factsOf()), wanted)
    t.equal(await read(ours), reads)
    if (reads?.endsWith('somebody else') === true) {
      await t.rejects(cgroupClass.write([{ resource: of(...apart), state: ours }], host), {
        message: /has the class 0x10001, which is not ours/,
      })
      t.same(host.written, [])
      return
    }
    await cgroupClass.write([{ resource: of(...apart), state: ours }], host)
    for (const [below, value] of Object.entries(after ?? before))
      t.equal(String(host.disk.get(`${path}${below}/net_cls.classid`)).trim(), value, below)
    t.equal(await read(ours), ours, 'and reads as written')
  })

t.test('taken back, with what somebody else gave left', async t => {
  const host = cgroups({ '': number, '/a': number, '/b': '65537' })
  await cgroupClass.write([{ resource: of(), state: null }], host)
  for (const [below, value] of [
    ['', '0'],
    ['/a', '0'],
    ['/b', '65537'],
  ])
    t.equal(String(host.disk.get(`${path}${below ?? ''}/net_cls.classid`)).trim(), value)
})

t.test('a host without such a cgroup has no class, and takes none', async t => {
  const host = fakeHost()
  t.equal(await cgroupClass.read(of(), createLook(host, factsOf()), ours), null)
  await cgroupClass.write([{ resource: of(), state: ours }], host)
  t.same(host.written, [])
})
