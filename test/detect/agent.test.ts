import fc from 'fast-check'
import t from 'tap'
import { detectAgent, parseAgentVersion } from '../../src/detect/agent.js'
import { detectAgentConfig, parseEnvironmentFile } from '../../src/detect/agent-config.js'
import { CommandError } from '../../src/model/errors.js'
import type { AgentFacts } from '../../src/model/agent-facts.js'
import { fakeHost, hangs, unreadable, type FakeOptions } from '../fakes/fake-host.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const initAt = (folder: string) => ({ [`${folder}/amazon-ecs-init`]: '' })
const metadata = (body: string) => ({ '/v1/metadata': { status: 200, body } })
const slow = new CommandError({ file: 'GET', args: [] }, undefined, { message: 'did not answer in 2 s' })

const told = (version: string | null, running: boolean, source: string): AgentFacts => ({
  ...{ version, running, source },
  ...{ told: [], runsAs: null, unit: null, container: null, networkMode: null, external: false },
})
const silent = told(null, true, 'introspection')
const answer =
  '{"Cluster":"c","ContainerInstanceArn":"arn:aws:ecs:a:1:container-instance/c/f","Version":"Amazon ECS Agent - v1.105.1 (*02ff320c)"}'

type Case = readonly [behaviour: string, options: FakeOptions, fact: AgentFacts | null, unknown?: RegExp]

const cases: readonly Case[] = [
  ['nothing of an agent', {}, null],
  ['the agent tells', { http: metadata(answer) }, told('1.105.1', true, 'introspection')],
  ['slow: it runs, its version is not told', { http: { '/v1/metadata': slow } }, silent, /2 s/],
  ['garbage', { http: metadata('<html>') }, silent, /did not tell its version/],
  ['an empty body', { http: metadata('') }, silent, /did not tell its version/],
  ['status 500', { http: { '/v1/metadata': 500 } }, silent, /did not tell its version/],
  [
    'the package of Amazon Linux, agent stopped',
    { files: initAt('/usr/libexec'), programs: { 'rpm -q --qf %{VERSION} ecs-init': '1.105.1' } },
    told('1.105.1', false, 'rpm ecs-init'),
  ],
  [
    'the package of other distributions',
    { files: initAt('/usr/sbin'), programs: { 'dpkg-query': '1.100.0-1' } },
    told('1.100.0', false, 'dpkg amazon-ecs-init'),
  ],
  [
    'a program without a package',
    {
      files: initAt('/usr/libexec'),
      programs: { rpm: { exitCode: 1, stdout: 'package ecs-init is not installed' } },
    },
    told(null, false, 'amazon-ecs-init'),
  ],
]

for (const [behaviour, options, fact, unknown] of cases)
  t.test(behaviour, async t => {
    const found = await detectAgent(fakeHost(options))
    t.same(found.fact, fact)
    if (unknown === undefined) t.equal(found.unknown, undefined)
    else t.match(found.unknown, unknown)
  })

t.test('a packager that hangs is told', async t => {
  const host = fakeHost({ files: initAt('/usr/libexec'), programs: { rpm: hangs } })
  await t.rejects(detectAgent(host), { code: 'E_COMMAND' })
})

t.test('versions', async t => {
  for (const [body, version] of [
    [answer, '1.105.1'],
    ['{ "Version" : "Amazon ECS Agent - v1.2.3"}', '1.2.3'],
    ['{"Version":"v1.2.3"}', null],
    ['{"Version":"Amazon ECS Agent - vnext"}', null],
    ['', null],
  ] as const)
    t.equal(parseAgentVersion(body), version, body)
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), body => /^\d|^null/.test(String(parseAgentVersion(body)))),
  )
})

const environments: readonly (readonly [text: string, values: Readonly<Record<string, string>>])[] = [
  ['A=1\nB=two words\n', { A: '1', B: 'two words' }],
  ['A="1"\nB=\'2\'\n', { A: '1', B: '2' }],
  ['# A=1\n; B=2\n\nC=3', { C: '3' }],
  ['A=1\nA=2\n', { A: '2' }],
  ['  A = 1\n A=1 \r\n', { A: '1' }],
  ['export A=1\n1A=2\nA\n=3\n', {}],
  ['A=\n', { A: '' }],
  ['A="half\nB=b"\n', { A: '"half', B: 'b"' }],
]

t.test('environment files', async t => {
  for (const [text, values] of environments)
    t.same(Object.fromEntries(parseEnvironmentFile(text)), values, text)
  fc.assert(
    fc.property(fc.string(), text => [...parseEnvironmentFile(text).keys()].every(key => /^\w+$/.test(key))),
  )
})

const own = '/etc/ecs/ecs.config'
const other = '/var/lib/ecs/ecs.config'
const skip = 'ECS_SKIP_LOCALHOST_TRAFFIC_FILTER'
const allow = 'ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS'
const switches: readonly (readonly [
  behaviour: string,
  files: FakeOptions['files'],
  skips: boolean,
  allows: boolean,
])[] = [
  ['no files', {}, false, false],
  ['true', { [own]: `${skip}=true\n` }, true, false],
  ['1', { [own]: `${allow}=1\n` }, false, true],
  ['what Go does not take for true is false', { [own]: `${skip}=yes\n${allow}=on\n` }, false, false],
  ['/etc wins', { [own]: `${skip}=false\n`, [other]: `${skip}=true\n${allow}=true\n` }, false, true],
  ['in quotes', { [own]: `${skip}="T"\n` }, true, false],
]

for (const [behaviour, files, skipLocalhostTrafficFilter, allowOffhostIntrospection] of switches)
  t.test(`switches of ecs-init: ${behaviour}`, async t => {
    const { fact } = await detectAgentConfig(fakeHost({ files: files ?? {} }))
    t.match(fact, { skipLocalhostTrafficFilter, allowOffhostIntrospection })
  })

t.test('switches that cannot be read turn nothing off: they are unknown', async t =>
  t.rejects(detectAgentConfig(fakeHost({ files: { [own]: unreadable } })), { code: 'E_FILE' }),
)
