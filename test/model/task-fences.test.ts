import t from 'tap'
import type { TaskFacts } from '../../src/model/agent-facts.js'
import type { Facts } from '../../src/model/facts.js'
import { fencesOf } from '../../src/model/task-fences.js'
import { factsOf, networkOf, taskOf } from '../fakes/machine.js'

const noNft = { nft: { version: '1.0.4', usable: false, expressions: [] } }
const network = networkOf(['ens5 ethernet 10.0.0.10/24', 'docker0 bridge 172.17.0.1/16'])

const rows: readonly (readonly [
  behaviour: string,
  task: Partial<TaskFacts>,
  facts: Partial<Facts>,
  by: readonly string[],
  because: RegExp,
])[] = [
  ['bridge', { mode: 'bridge', bridges: ['br-1a'] }, {}, ['imds-bridge'], /the host forwards/],
  ['docker0 without nftables', { mode: 'bridge', bridges: ['docker0'] }, noNft, ['imds-bridge'], /forwards/],
  [
    'another bridge without nftables',
    { mode: 'bridge', bridges: ['docker0', 'br-1a'] },
    noNft,
    [],
    /docker\*/,
  ],
  ['macvlan', { mode: 'bridge', addresses: ['10.0.0.77'] }, { network }, [], /macvlan/],
  [
    'links that were not told',
    { mode: 'bridge', addresses: ['10.0.0.77'] },
    { network: null },
    ['imds-bridge'],
    /./,
  ],
  ['awsvpc', { mode: 'awsvpc' }, {}, ['imds-awsvpc'], /an interface of its own/],
  ['host', { mode: 'host', cgroupParent: '/ecs/a' }, {}, ['imds-host'], /cgroup tells/],
  ['host without a cgroup', { mode: 'host', cgroupParent: '' }, {}, [], /no cgroup of its own/],
  ['host, and nobody told its cgroup', { mode: 'host' }, {}, [], /not told/],
  [
    'host beside cgroups of version 1 alone, without net_cls',
    { mode: 'host', cgroupParent: '/ecs/a' },
    { cgroups: { tree: 'v1', tasks: null, inside: [], because: 'net_cls is not mounted' } },
    [],
    /version 1 alone, and net_cls is not mounted/,
  ],
  [
    'host beside cgroups of version 1 alone, with net_cls',
    { mode: 'host', cgroupParent: '/ecs/a' },
    { cgroups: { tree: 'v1', tasks: 'net_cls/ecs', inside: ['a'], classes: { 'net_cls/ecs': 0 } } },
    ['imds-host'],
    /cgroup tells/,
  ],
  [
    'host with an nft that cannot',
    { mode: 'host', cgroupParent: '/ecs/a' },
    { cgroups: { tree: 'v2', tasks: 'ecstasks.slice', inside: [], because: 'syntax error' } },
    [],
    /syntax error/,
  ],
]

t.test('one control closes a task, by its network mode; the others have no hold on it', async t => {
  for (const [behaviour, task, facts, by, because] of rows) {
    const found = fencesOf(taskOf('a', task), factsOf(facts))
    t.same(found.by, by, behaviour)
    t.match(found.because, because, behaviour)
    t.same([...found.by, ...found.notBy].sort(), ['imds-awsvpc', 'imds-bridge', 'imds-host'], behaviour)
  }
  for (const mode of ['none', null] as const)
    t.match(fencesOf(taskOf('a', { mode }), factsOf()), { by: [], notBy: [], because: /network/ })
})
