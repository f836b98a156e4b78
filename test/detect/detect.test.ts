import t from 'tap'
import { detect } from '../../src/detect/index.js'
import type { FactName } from '../../src/model/facts.js'
import { engineAnswers } from '../fakes/engine.js'
import { fakeHost, hangs, unreadable, type FakeOptions } from '../fakes/fake-host.js'

const files = {
  '/etc/os-release': 'ID=amzn\n',
  '/proc/sys/kernel/osrelease': '6.1.0\n',
  '/usr/bin/dockerd': '',
  '/run/docker.sock': '',
  '/sys/fs/cgroup/cgroup.controllers': '',
}
const programs = {
  iptables: 'iptables v1.8.8 (nf_tables)\n',
  ip6tables: 'ip6tables v1.8.8 (nf_tables)\n',
  nft: 'nftables v1.0.4\n',
  'nft -c': '',
  'ip -j -d address show': '[{"ifname":"lo","link_type":"loopback"}]',
}
const http = engineAnswers()
const names: readonly FactName[] = ['kernel', 'iptables', 'nft', 'network', 'docker', 'agentConfig', 'tasks']

t.test('a machine that tells everything', async t => {
  const facts = await detect(fakeHost({ files, programs, http }))
  t.same(facts.unknown, {})
  for (const name of names) t.not(facts[name], null, name)
  t.equal(facts.agent, null, 'no agent')
  t.equal(facts.rules, null, 'rules are not asked for here')
})

const silent: readonly (readonly [
  name: FactName,
  behaviour: string,
  options: FakeOptions,
  reason: RegExp,
])[] = [
  ['kernel', 'unreadable', { files: { ...files, '/proc/sys/kernel/osrelease': unreadable } }, /i\/o error/],
  [
    'iptables',
    'hanging',
    { programs: { ...programs, iptables: hangs } },
    /iptables --version.* did not answer/,
  ],
  ['iptables', 'garbage', { programs: { ...programs, iptables: '?' } }, /not a version/],
  ['nft', 'hanging', { programs: { ...programs, nft: hangs } }, /nft .* did not answer/],
  [
    'network',
    'garbage',
    { programs: { ...programs, ip: '', 'ip -j -d address show': 'Usage: ip' } },
    /not JSON/,
  ],
  [
    'agentConfig',
    'unreadable',
    { files: { ...files, '/etc/ecs/ecs.config': unreadable } },
    /ecs.config: EIO/,
  ],
]

for (const [name, behaviour, options, reason] of silent)
  t.test(`${name} ${behaviour}: only this fact is not told`, async t => {
    const facts = await detect(fakeHost({ files, programs, http, ...options }))
    t.equal(facts[name], null)
    t.same(Object.keys(facts.unknown), [name])
    t.match(facts.unknown[name], reason)
    for (const other of names.filter(other => other !== name)) t.not(facts[other], null, other)
  })

t.test('a part of a fact that cannot be told', async t => {
  const facts = await detect(fakeHost({ files, programs, http: { ...http, '/containers/json': 500 } }))
  t.match(facts.docker, { version: '25.0.16' })
  t.match(facts.unknown, { docker: /\/containers\/json with status 500/ })
})

t.test('an error that is none of ours is a defect, and is not swallowed', async t => {
  const host = fakeHost({ files, programs: { ...programs, iptables: new TypeError('defect') }, http })
  await t.rejects(detect(host), TypeError)
})

t.test('nothing is written', async t => {
  const host = fakeHost({ files, programs, http })
  await detect(host)
  t.same(host.written, [])
  t.ok(
    host.ran.every(argv =>
      /^(iptables|ip6tables|nft) --version$|^nft -c |^nft -j (-i < )?list (chains|table inet taskfence)(; list table inet taskfence\w*)*$|^ip -j -d address show$/.test(
        argv,
      ),
    ),
  )
})
