import t from 'tap'
import { imdsBridge } from '../../src/controls/imds-bridge.js'
import { imdsHost } from '../../src/controls/imds-host.js'
import { notesOf } from '../../src/engine/notes.js'
import type { ClaimEntry } from '../../src/model/claim.js'
import type { ContainerFacts } from '../../src/model/facts.js'
import type { Outcome } from '../../src/model/report.js'
import { platformFor } from '../../src/platforms/index.js'
import { controlOf } from '../fakes/control.js'
import { agentConfigOf, dockerOf, factsOf, networkOf, policyOf, taskOf } from '../fakes/machine.js'

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
  const losing = (
    outcomes: readonly Outcome[],
    given: Partial<Parameters<typeof notesOf>[0]> = {},
    claims: readonly ClaimEntry[] = [],
  ): readonly string[] =>
    notesOf({ ...base, ...given }, [imdsBridge, imdsHost], outcomes, claims)
      .filter(({ text }) => text.startsWith('would lose'))
      .map(({ control, text }) => `${control ?? ''} ${text}`)
  const would = (names: string) => [`imds-bridge would lose access to the metadata service: ${names}`]
  const closing = [outcome('drifted', 'drop')]
  t.same(losing(closing), would('web, job'), 'whoever has an address of a bridge')
  const proven = (holds: boolean): ClaimEntry => ({
    control: 'imds-bridge',
    claim: { kind: 'localnet-routing', interface: 'docker0' },
    proof: holds ? { holds } : { holds, because: 'open' },
  })
  t.same(losing(closing, {}, [proven(true), proven(false)]), would('web, job'), 'where one way is open')
  t.same(losing(closing, {}, [proven(true)]), [], 'nobody where other rules cut them already')
  t.same(losing([outcome('changed', 'drop')]), [], 'nobody any more once it was done')
  t.same(losing([outcome('drifted', null)]), [], 'nobody where it is opened')
  t.same(losing([outcome('drifted', 'drop', 'other')]), [], 'nobody for another control')
  t.same(losing(closing, { facts: factsOf() }), [], 'nobody without Docker')
  const allowing = (...imdsAllow: Parameters<typeof policyOf>[1] & object) => ({
    policy: policyOf({}, imdsAllow),
  })
  const reason = 'r'
  t.same(
    losing(closing, allowing({ cidr: '172.18.0.0/16', reason })),
    would('web'),
    'nobody in a range allowed',
  )
  t.same(
    losing(closing, {
      ...allowing({ bridge: 'docker0', reason }),
      facts: { ...facts, network: networkOf(['docker0 bridge 172.17.0.1/16']) },
    }),
    would('job'),
    'nobody on a bridge allowed',
  )
  const bridged = taskOf('89ab', { mode: 'bridge', family: 'web', addresses: ['172.17.0.2'] })
  t.same(
    losing(closing, { ...allowing({ family: 'web', reason }), facts: { ...facts, tasks: [bridged] } }),
    would('job'),
    'no task of a family allowed',
  )

  const tasks = [
    taskOf('0123', { mode: 'host', containers: ['app', 'sidecar'], cgroupParent: 'ecstasks-0123.slice' }),
    taskOf('4567', { mode: 'host', cgroupParent: '' }),
    taskOf('89ab', { mode: 'bridge' }),
    taskOf('cdef', { mode: 'host', family: 'monitor', cgroupParent: 'ecstasks-cdef.slice' }),
  ]
  const hosts = { facts: factsOf({ tasks }), ...allowing({ family: 'monitor', reason }) }
  const drop = [outcome('drifted', 'drop', 'imds-host')]
  t.same(
    losing(drop, hosts),
    ['imds-host would lose access to the metadata service: web:3 0123 (app, sidecar)'],
    'tasks in host mode that the fence can hold and nobody allows',
  )
  const observing = { facts: factsOf({ tasks }), policy: policyOf({ 'imds-host': 'observe' }) }
  t.same(losing(drop, observing), [], 'nobody where it only observes')
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
