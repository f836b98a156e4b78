import t from 'tap'
import { notesOf } from '../../src/engine/notes.js'
import type { ContainerFacts } from '../../src/model/facts.js'
import type { Outcome } from '../../src/model/report.js'
import { platformFor } from '../../src/platforms/index.js'
import { controlOf } from '../fakes/control.js'
import { agentConfigOf, dockerOf, factsOf, policyOf } from '../fakes/machine.js'

const container = (name: string, ...addresses: readonly string[]): ContainerFacts => ({
  name,
  networkMode: 'bridge',
  addresses,
})
const facts = factsOf({
  docker: dockerOf('28.5.2', {
    containers: [container('web', '172.17.0.2'), container('agent'), container('job', '172.18.0.2')],
  }),
})
const base = { facts, policy: policyOf(), platform: platformFor(facts.os) }
const outcome = (status: 'drifted' | 'changed', state: string | null, control = 'imds-bridge'): Outcome => ({
  status,
  from: null,
  entry: { id: 'x', resource: { kind: 'sysctl', key: 'a.b' }, state, controls: [control] },
})

t.test('who would lose access when the metadata service is closed', async t => {
  const would = { control: 'imds-bridge', text: 'would lose access to the metadata service: web, job' }
  t.same(notesOf(base, [], [outcome('drifted', 'drop')]), [would], 'whoever has an address of a bridge')
  t.same(notesOf(base, [], [outcome('changed', 'drop')]), [], 'nobody any more once it was done')
  t.same(notesOf(base, [], [outcome('drifted', null)]), [], 'nobody where it is opened')
  t.same(notesOf(base, [], [outcome('drifted', 'drop', 'other')]), [], 'nobody for another control')
  t.same(
    notesOf({ ...base, facts: factsOf() }, [], [outcome('drifted', 'drop')]),
    [],
    'nobody without Docker',
  )
})

t.test('what controls say, in their modes', async t => {
  const control = controlOf('one', { notes: ({ mode }) => [`in mode ${mode}`] })
  const notes = (mode: 'enforce' | 'observe' | 'off') =>
    notesOf({ ...base, policy: policyOf({ one: mode }) }, [control], []).map(({ text }) => text)
  t.same(notes('enforce'), ['in mode enforce'])
  t.same(notes('observe'), ['only observes: drops are counted, not made', 'in mode observe'])
  t.same(notes('off'), [])
})

t.test('rules that nobody sees', async t => {
  const elsewhere = ['legacy ip filter: -A FORWARD -d 169.254.169.254/32 -j ACCEPT']
  const rules = { ...factsOf().rules, elsewhere } as NonNullable<typeof facts.rules>
  t.match(notesOf({ ...base, facts: factsOf({ rules }) }, [], []), [
    { text: /iptables \(nf_tables\) does not show: legacy ip filter: -A FORWARD/ },
  ])
})

t.test('settings that are off, and those that wait for a restart', async t => {
  const line = {
    path: '/etc/ecs/ecs.config',
    line: 3,
    text: 'ECS_EXTERNAL=yes',
    hint: 'neither true nor false',
  }
  const setting = (name: string, value: string | null, running?: string | null, source = line.path) => ({
    ...{ name, value, source },
    ...(running === undefined ? {} : { running }),
  })
  const settings = [
    setting('A', 'true', 'true'),
    setting('B', 'true', null),
    setting('C', null, 'true', 'default'),
    setting('D', 'true'),
    setting('E', 'true', null, '/etc/ecs/ecs.config.json'),
  ]
  const agentConfig = agentConfigOf({ findings: [line], settings })
  t.same(
    notesOf({ ...base, facts: factsOf({ agentConfig }) }, [], []).map(({ text }) => text),
    [
      '/etc/ecs/ecs.config:3: neither true nor false',
      'the running agent has no B; after a restart it has B=true (/etc/ecs/ecs.config)',
      'the running agent has C=true; after a restart it has no C (default)',
    ],
  )
  const resource = { kind: 'agent-setting', path: line.path, name: 'B' } as const
  const entry = { id: 'B', resource, state: 'true', controls: ['one'] }
  t.equal(
    notesOf({ ...base, facts: factsOf({ agentConfig }) }, [], [{ status: 'in-sync', entry }]).length,
    2,
    'a setting that a control wants is told by its outcome',
  )
  t.same(
    notesOf({ ...base, facts: factsOf({ agentConfig: null }) }, [], []),
    [],
    'settings that were not told',
  )
})

t.test('a distribution known only by what it is like', async t => {
  const noted = (id: string, ...idLike: readonly string[]) => {
    const os = { ...factsOf().os, id, idLike, prettyName: 'Some Linux 1' }
    return notesOf({ ...base, facts: factsOf({ os }), platform: platformFor(os) }, [], []).map(
      ({ text }) => text,
    )
  }
  t.same(noted('amzn', 'fedora'), [])
  t.same(noted('rocky', 'rhel', 'centos', 'fedora'), [])
  t.same(noted('some', 'rhel', 'fedora'), [
    'Some Linux 1 is taken for Red Hat Enterprise Linux and its rebuilds (ID_LIKE); persistence: cannot tell',
  ])
})
