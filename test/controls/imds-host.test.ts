import t from 'tap'
import { imdsHost } from '../../src/controls/imds-host.js'
import type { TaskFacts } from '../../src/model/agent-facts.js'
import type { CgroupFacts, Facts } from '../../src/model/facts.js'
import type { Mode } from '../../src/model/policy.js'
import { platformFor } from '../../src/platforms/index.js'
import { factsOf, networkOf, policyOf, taskOf } from '../fakes/machine.js'
import { claimText, desiredText } from './words.js'

const contextOf = (given: Partial<Facts> = {}, mode: Mode = 'enforce') => {
  const facts = factsOf(given)
  return { facts, mode, policy: policyOf(), platform: platformFor(facts.os) }
}
const slice = (given: Partial<CgroupFacts> = {}): Partial<Facts> => ({
  cgroups: { tree: 'v2', tasks: 'ecstasks.slice', inside: [], ...given },
})
const spy = (given: Partial<TaskFacts>) => taskOf('0123456789', { mode: 'host', family: 'spy', ...given })
const network = networkOf(['lo loopback 127.0.0.1/8', 'ens5 ethernet 10.0.0.10/24'])

t.test('what it writes', async t => {
  const jump = (match: string, name: string) => `output: ${match} counter name "${name}" jump imds_host`
  const chains = ['chain output', 'chain imds_host']
  const rules = (mode: Mode, path = 'ecstasks.slice') => [
    jump(`ip daddr 169.254.169.254 socket cgroupv2 level 1 "${path}"`, 'imds_host_ipv4'),
    jump(`ip6 daddr fd00:ec2::254 socket cgroupv2 level 1 "${path}"`, 'imds_host_ipv6'),
    'no imds_host: imds_host_allowed_dns',
    'no imds_host: imds_host_allowed_tasks',
    'imds_host: counter name "imds_host_asked" update @imds_host_asked { socket cgroupv2 level 2 }',
    `imds_host: counter name "imds_host_cut"${mode === 'enforce' ? ' drop' : ''}`,
  ]
  const wanted = (given: Partial<Facts>, mode: Mode) => {
    const desired = imdsHost.desire(contextOf(given, mode))
    t.ok(desired.every(({ resource }) => 'table' in resource && resource.table === 'taskfence_host'))
    return [...new Set(desired.map(desiredText))].filter(text => !chains.includes(text))
  }
  t.strictSame(wanted({}, 'enforce'), rules('enforce'))
  t.strictSame(wanted({}, 'observe'), rules('observe'), 'observe counts')
  t.strictSame(
    wanted(slice({ tree: 'hybrid', tasks: 'unified/ecs' }), 'enforce'),
    rules('enforce', 'unified/ecs'),
  )
  t.strictSame(wanted({ cgroups: null }, 'enforce'), rules('enforce'), 'a tree that was not told')
  t.ok(
    wanted({ network: networkOf([], { metadataIsResolver: true }) }, 'enforce').includes(
      'imds_host: meta l4proto { tcp, udp } th dport 53 counter name "imds_host_allowed_dns" return',
    ),
  )
})

const skips: readonly (readonly [given: Partial<Facts>, reason: RegExp | undefined])[] = [
  [slice(), undefined],
  [{ cgroups: null, unknown: { cgroups: 'not told' } }, undefined],
  [slice({ tasks: null }), /^there is no ecstasks.slice yet/],
  [slice({ tree: 'hybrid', tasks: null }), /^there is no unified\/ecs yet/],
  [
    slice({ tree: 'v1', tasks: null, because: 'net_cls is not there' }),
    /version 1 alone, and net_cls is not/,
  ],
  [slice({ tree: 'v1', tasks: null }), /^there is no net_cls\/ecs yet/],
  [slice({ tree: 'v1', tasks: 'net_cls/ecs', classes: {} }), undefined],
  [slice({ tree: 'v1', tasks: 'net_cls/ecs', because: 'no such key' }), /^nft cannot ask .* no such key$/],
  [slice({ because: 'syntax error' }), /^nft cannot ask for the cgroup of a sender: syntax error$/],
  [{ nft: null }, /nftables is not usable/],
]
for (const [given, reason] of skips)
  t.test(`skipped: ${String(reason ?? 'not')}`, async t => {
    const said = imdsHost.skip?.(contextOf(given))
    if (reason === undefined) t.equal(said, undefined)
    else t.match(said, reason)
  })

const any = 'any host task (ecstasks.slice ecstasks.slice/any)'
const origins: readonly (readonly [
  name: string,
  task: TaskFacts,
  cgroups: Partial<CgroupFacts>,
  origin: string,
])[] = [
  [
    "in a slice of systemd's",
    spy({ cgroupParent: 'ecstasks-0123456789.slice' }),
    { inside: ['ecstasks-0123456789.slice'] },
    'spy:3 01234567 (ecstasks.slice ecstasks.slice/ecstasks-0123456789.slice)',
  ],
  [
    'in a slice with dashes, which systemd nests',
    spy({ cgroupParent: 'ecstasks-0123-4567.slice' }),
    { inside: ['ecstasks-0123.slice'] },
    'spy:3 01234567 (ecstasks.slice ecstasks.slice/ecstasks-0123.slice)',
  ],
  [
    'in a folder',
    spy({ cgroupParent: '/ecs/0123456789' }),
    { tree: 'hybrid', tasks: 'unified/ecs', inside: ['0123456789'] },
    'spy:3 01234567 (unified/ecs unified/ecs/0123456789)',
  ],
  [
    'in a slice that is not where tasks are',
    spy({ cgroupParent: 'ecstasks-0123456789.slice' }),
    { inside: ['ecstasks-4567.slice'] },
    'spy:3 01234567 (not known)',
  ],
  ['without a cgroup of its own', spy({ cgroupParent: '' }), {}, 'spy:3 01234567 ()'],
  ['whose cgroup was not told', spy({ cgroupParent: null }), {}, 'spy:3 01234567 (not known)'],
]
for (const [name, task, cgroups, origin] of origins)
  t.test(`a task ${name}`, async t => {
    const facts = { ...slice(cgroups), network, tasks: [task, taskOf('b', { mode: 'bridge' })] }
    const claims = imdsHost.claims(contextOf(facts)).map(claimText)
    t.equal(claims.length, 4, 'for any task and for this one, of each family')
    t.ok(claims.includes(`ipv4 from ${origin} 10.0.0.10 to 169.254.169.254:80 dropped`), claims.join('\n'))
  })

t.test('a task to come', async t =>
  t.strictSame(imdsHost.claims(contextOf({ network })).map(claimText), [
    `ipv4 from ${any} 10.0.0.10 to 169.254.169.254:80 dropped`,
    `ipv6 from ${any} ::1 to fd00:ec2::254:80 dropped`,
  ]),
)

t.test('what every report says', async t => {
  const tasks = [
    spy({ cgroupParent: 'ecstasks-0123456789.slice' }),
    taskOf('4567', { mode: 'host', family: 'log', cgroupParent: 'ecstasks-4567.slice' }),
    taskOf('beef', { mode: 'host', cgroupParent: '' }),
    taskOf('cafe', { mode: 'bridge' }),
  ]
  const inside = ['ecstasks-0123456789.slice', 'ecstasks-4567.slice']
  const asked = [
    { cgroup: 'ecstasks.slice/ecstasks-0123456789.slice', packets: 37 },
    { cgroup: '633', packets: 1 },
  ]
  const rules = { ...(factsOf().rules as NonNullable<Facts['rules']>), askedByHostTasks: asked }
  const notes = (mode: Mode) =>
    imdsHost.notes?.(contextOf({ ...slice({ inside }), tasks, rules }, mode)) ?? []
  const open =
    "open: web:3 beef in host network mode has no cgroup of its own (ECS_ENABLE_TASK_CPU_MEM_LIMIT=false), so nothing tells its packets from the host's"
  const ended = 'tasks that have ended asked too: 1 packet for the metadata service in the last day'
  t.strictSame(notes('observe'), [
    open,
    'would be cut if enforced: spy:3 01234567 (37 packets), log:3 4567 (no packets), for the metadata service in the last day',
    ended,
  ])
  t.strictSame(notes('enforce'), [
    open,
    'asked in vain: spy:3 01234567 (37 packets), for the metadata service in the last day',
    ended,
  ])
  const reached = (reason: string) =>
    ['spy:3 01234567', 'log:3 4567'].map(
      task => `open: ${task} in host network mode reaches the metadata service: ${reason}`,
    )
  const unable: readonly (readonly [given: Partial<Facts>, reason: string])[] = [
    [
      slice({ tree: 'v1', tasks: null, because: 'net_cls is not mounted at /sys/fs/cgroup/net_cls' }),
      'this host has cgroups of version 1 alone, and net_cls is not mounted at /sys/fs/cgroup/net_cls',
    ],
    [slice({ because: 'syntax error' }), 'nft cannot ask for the cgroup of a sender: syntax error'],
    [{ nft: null }, 'nftables is not usable here'],
  ]
  for (const [given, reason] of unable)
    for (const mode of ['observe', 'enforce'] as const) {
      const context = contextOf({ ...given, tasks }, mode)
      const [first, second] = reached(reason)
      t.strictSame(imdsHost.notes?.(context), [first, second, open], `${mode}: nobody is said to be cut`)
      t.strictSame(imdsHost.cuts?.(context), [])
    }
  t.strictSame(imdsHost.notes?.(contextOf({}, 'observe')), [], 'without such tasks there is nothing to say')
})

t.test('with cgroup v1 alone a class tells tasks from the host', async t => {
  const id = '0123456789'
  const ours = 0x7a5f0001
  const tasks = [
    spy({ cgroupParent: `/ecs/${id}` }),
    taskOf('beef', { mode: 'host', family: 'log', cgroupParent: '/ecs/beef' }),
    taskOf('cafe', { mode: 'host', family: 'old', cgroupParent: '' }),
  ]
  const classes = { 'net_cls/ecs': ours, [`net_cls/ecs/${id}`]: ours, 'net_cls/ecs/beef': 0 }
  const cgroups: CgroupFacts = { tree: 'v1', tasks: 'net_cls/ecs', inside: [id, 'beef'], classes }
  const context = {
    ...contextOf({ network, tasks, cgroups }),
    policy: policyOf({}, [{ family: 'log', reason: 'ships logs' }]),
  }
  t.strictSame(
    imdsHost
      .desire(context)
      .filter(({ resource }) => resource.kind !== 'fence-chain')
      .map(desiredText),
    [
      'class 0x7a5f0001 of /sys/fs/cgroup/net_cls/ecs but beef',
      `output: ip daddr 169.254.169.254 meta cgroup ${ours} counter name "imds_host_ipv4" jump imds_host`,
      `output: ip6 daddr fd00:ec2::254 meta cgroup ${ours} counter name "imds_host_ipv6" jump imds_host`,
      'no imds_host: imds_host_allowed_dns',
      'no imds_host: imds_host_allowed_tasks',
      'no imds_host: imds_host_asked',
      'imds_host: counter name "imds_host_cut" drop',
    ],
  )
  const claims = imdsHost.claims(context).map(claimText)
  t.strictSame(
    claims.filter(text => text.startsWith('ipv4')),
    [`any host task (${ours})`, `spy:3 01234567 (${ours})`, 'old:3 cafe (0)'].map(
      sender => `ipv4 from ${sender} 10.0.0.10 to 169.254.169.254:80 dropped`,
    ),
    'the class that stands is walked with, not the wanted one',
  )
  const mixed = { ...cgroups, classes: { 'net_cls/ecs': ours } }
  t.ok(
    imdsHost
      .claims({ ...context, facts: { ...context.facts, cgroups: mixed } })
      .map(claimText)
      .includes('ipv4 from spy:3 01234567 (not known) 10.0.0.10 to 169.254.169.254:80 dropped'),
    'a task whose cgroups have different classes',
  )
  t.match(imdsHost.notes?.({ ...context, mode: 'observe' }), [
    /^open: old:3 cafe .*ECS_ENABLE_TASK_CPU_MEM_LIMIT=false/,
    /^would be cut if enforced: spy:3 01234567; cgroup v1 does not tell whose packets/,
  ])
  t.strictSame(imdsHost.cuts?.(context), ['spy:3 01234567 (app)'])
})
