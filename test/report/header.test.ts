import t from 'tap'
import type { Facts } from '../../src/model/facts.js'
import { header } from '../../src/report/header.js'
import { agentConfigOf, agentOf, dockerOf, factsOf, taskOf } from '../fakes/machine.js'

const tasks = [
  taskOf('a', { mode: 'host' }),
  ...['b', 'c'].map(id => taskOf(id, { mode: 'bridge' })),
  taskOf('d', { mode: 'awsvpc' }),
  taskOf('e'),
]
const rows: readonly (readonly [given: Partial<Facts>, words: string])[] = [
  [{}, 'no ECS agent · no Docker · iptables 1.8.8 nf_tables · no tasks'],
  [
    { unknown: { iptables: 'ip6tables did not answer' } },
    'no ECS agent · no Docker · iptables 1.8.8 nf_tables · no tasks',
  ],
  [{ tasks: null }, 'no ECS agent · no Docker · iptables 1.8.8 nf_tables'],
  [
    { agent: agentOf('1.105.1'), docker: dockerOf('25.0.16'), tasks },
    'ECS agent 1.105.1 (ecs-init) · Docker 25.0.16 · iptables 1.8.8 nf_tables · tasks: 1 awsvpc, 2 bridge, 1 host, 1 in an untold mode',
  ],
  [
    { agent: agentOf('1.105.1', { running: false }), agentConfig: agentConfigOf({ external: true }) },
    'ECS agent 1.105.1 (ecs-init, ECS Anywhere, not running) · no Docker · iptables 1.8.8 nf_tables · no tasks',
  ],
  [
    { agent: agentOf('1.40.0', { runsAs: 'container' }), docker: dockerOf('', { version: null }) },
    'ECS agent 1.40.0 (by hand) · Docker: does not answer · iptables 1.8.8 nf_tables · no tasks',
  ],
  [
    { agent: agentOf('', { version: null, runsAs: null }), iptables: null },
    'ECS agent · no Docker · no iptables · no tasks',
  ],
  [
    {
      ...{ agent: null, iptables: null, tasks: null },
      unknown: { agent: 'a', docker: 'b', iptables: 'c', tasks: 'd' },
    },
    'ECS agent: cannot tell · Docker: cannot tell · iptables: cannot tell · tasks: cannot tell',
  ],
]

t.test('the first line says what host this is', async t => {
  for (const [given, words] of rows)
    t.equal(header({ facts: factsOf(given) }, 200), `Amazon Linux 2023 · ${words}`)
})

t.test('an image has neither a kernel nor an agent that runs', async t =>
  t.equal(
    header({ facts: factsOf(), image: '/mnt/image' }, 200),
    'Amazon Linux 2023 · image under /mnt/image',
  ),
)

t.test('a narrow screen breaks it between two parts', async t => {
  const facts = factsOf({ agent: agentOf('1.105.1'), docker: dockerOf('25.0.16'), tasks })
  t.same(header({ facts }, 60).split('\n'), [
    'Amazon Linux 2023 · ECS agent 1.105.1 (ecs-init) ·',
    'Docker 25.0.16 · iptables 1.8.8 nf_tables ·',
    'tasks: 1 awsvpc, 2 bridge, 1 host, 1 in an untold mode',
  ])
})
