import fc from 'fast-check'
import t from 'tap'
import { detect, type Asking } from '../../src/detect/index.js'
import { parseAgentVersion } from '../../src/detect/introspection.js'
import { parseUnit } from '../../src/detect/unit.js'
import { CommandError } from '../../src/model/errors.js'
import type { AgentFacts } from '../../src/model/agent-facts.js'
import { engineAnswers, ofTask, type FakeContainer } from '../fakes/engine.js'
import { fakeHost, hangs, type FakeOptions } from '../fakes/fake-host.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const answer =
  '{"Cluster":"c","ContainerInstanceArn":"arn:aws:ecs:a:1:container-instance/c/f","Version":"Amazon ECS Agent - v1.105.1 (*02ff320c)"}'
const metadata = (body: string) => ({ '/v1/metadata': { status: 200, body } })
const slow = new CommandError({ file: 'GET', args: [] }, undefined, { message: 'did not answer in 2 s' })

const ofInit =
  '[Service]\nEnvironmentFile=-/etc/ecs/ecs.config\nExecStart=/usr/libexec/amazon-ecs-init start\n'
const amazonLinux = { '/usr/lib/systemd/system/ecs.service': ofInit }
const suse = {
  '/usr/lib/systemd/system/amazon-ecs.service': '[Service]\nExecStart=/usr/sbin/amazon-ecs-init start\n',
}
const bottlerocket = {
  '/etc/systemd/system/ecs.service': '[Service]\nExecStart=/usr/bin/amazon-ecs-agent -v\nRestart=always\n',
}
const docker = { '/run/docker.sock': '' }
const running = (container: Partial<FakeContainer> = {}) => ({
  ...metadata(answer),
  ...engineAnswers([
    ofTask('web', 'web'),
    { id: 'a9', name: 'ecs-agent', image: 'amazon/amazon-ecs-agent:latest', mode: 'host', ...container },
  ]),
})
const cached = { '/var/cache/ecs/ecs-agent.tar': '/var/cache/ecs/ecs-agent-v1.105.1.tar' }
const rpm = { rpm: { exitCode: 1, stdout: 'ecs-init 1.104.0\npackage amazon-ecs-init is not installed\n' } }

const told = (...versions: readonly (readonly [source: string, version: string])[]) =>
  versions.map(([source, version]) => ({ source, version }))
const nobody: AgentFacts = {
  ...{ version: null, running: false, source: 'nobody', told: [] },
  ...{ runsAs: null, unit: null, container: null, networkMode: null },
}
const itself: AgentFacts = {
  ...nobody,
  ...{ version: '1.105.1', running: true, source: 'introspection' },
  told: told(['introspection', '1.105.1']),
}
const byInit: AgentFacts = { ...itself, runsAs: 'ecs-init', unit: 'ecs.service' }
const inContainer = { container: 'ecs-agent', networkMode: 'host' }
const stopped = (source: string, version: string): AgentFacts => ({
  ...nobody,
  ...{ version, source, told: told([source, version]), runsAs: 'ecs-init', unit: 'ecs.service' },
})

const detected = async (options: FakeOptions, asking?: Asking) => {
  const host = fakeHost({ ...options, files: { '/etc/os-release': 'ID=amzn\n', ...options.files } })
  const facts = await detect(host, asking)
  return {
    agent: facts.agent,
    unknown: facts.unknown.agent,
    ran: host.ran.filter(argv => !/^(nft|ip)/.test(argv)),
  }
}

type Case = readonly [behaviour: string, options: FakeOptions, agent: AgentFacts | null, unknown?: RegExp]

const cases: readonly Case[] = [
  ['nothing of an agent', {}, null],
  [
    'something answers like an agent, and nothing that starts one is here',
    { http: metadata(answer) },
    itself,
  ],
  [
    'slow: it runs, its version is not told',
    { http: { '/v1/metadata': slow } },
    { ...nobody, running: true },
    /2 s/,
  ],
  ['garbage', { http: metadata('<html>') }, { ...nobody, running: true }, /did not tell its version/],
  ['an empty body', { http: metadata('') }, { ...nobody, running: true }, /did not tell its version/],
  ['status 500', { http: { '/v1/metadata': 500 } }, { ...nobody, running: true }, /did not tell its version/],
  [
    'ecs-init of Amazon Linux',
    { files: { ...docker, ...amazonLinux }, http: running() },
    { ...byInit, ...inContainer },
  ],
  [
    'ecs-init of SUSE',
    { files: { ...docker, ...suse }, http: running() },
    { ...byInit, ...inContainer, unit: 'amazon-ecs.service' },
  ],
  [
    'ecs-init without a unit, as of upstart',
    { files: { ...docker, '/usr/libexec/amazon-ecs-init': '' }, http: running() },
    { ...byInit, ...inContainer, unit: null },
  ],
  [
    'by hand, in the network of the host: its image tells too',
    { files: docker, http: running({ image: 'public.ecr.aws/ecs/amazon-ecs-agent:v1.105.1' }) },
    {
      ...itself,
      ...inContainer,
      runsAs: 'container',
      told: told(['introspection', '1.105.1'], ['image tag', '1.105.1']),
    },
  ],
  [
    "by hand, on Docker's bridge, where the host cannot ask it",
    {
      files: docker,
      http: { ...running({ image: 'amazon/amazon-ecs-agent:1.40.0', mode: 'bridge' }), '/v1/metadata': null },
    },
    {
      ...nobody,
      ...{ version: '1.40.0', running: true, source: 'image tag', told: told(['image tag', '1.40.0']) },
      ...{ runsAs: 'container', container: 'ecs-agent', networkMode: 'bridge' },
    },
  ],
  [
    'by hand under another name: by its image',
    { files: docker, http: running({ name: 'agent-by-hand' }) },
    { ...itself, runsAs: 'container', container: 'agent-by-hand', networkMode: 'host' },
  ],
  [
    'by hand beside an ecs-init that is not used: ecs-init would have given it the network of the host',
    { files: { ...docker, ...amazonLinux }, http: running({ mode: 'default' }) },
    { ...itself, runsAs: 'container', container: 'ecs-agent', networkMode: 'default' },
  ],
  [
    'by hand through a unit of its own',
    {
      files: {
        ...docker,
        '/etc/systemd/system/ecs.service':
          '[Service]\nExecStart=/usr/bin/docker run --name ecs-agent \\\n  --net=host amazon/amazon-ecs-agent:latest\n',
      },
      http: running(),
    },
    { ...itself, ...inContainer, runsAs: 'container', unit: 'ecs.service' },
  ],
  [
    'a unit of the same name that has nothing to do with it',
    { files: { '/etc/systemd/system/ecs.service': '[Service]\nExecStart=/opt/elastic/ecs\n' } },
    null,
  ],
  [
    'a task that runs the image of the agent is no agent',
    {
      files: docker,
      http: engineAnswers([
        ofTask('trap', 'ecs-agent', { name: 'ecs-agent', image: 'amazon/amazon-ecs-agent:1.0.0' }),
      ]),
    },
    null,
  ],
  [
    'native, as on Bottlerocket',
    { files: bottlerocket, http: metadata(answer) },
    { ...itself, runsAs: 'native', unit: 'ecs.service' },
  ],
  [
    'installed and not running yet: the cached image tells, at no cost',
    { files: amazonLinux, links: cached, programs: rpm },
    stopped('cached image', '1.105.1'),
  ],
  [
    'installed and not running, no image: the package of Amazon Linux',
    { files: amazonLinux, programs: rpm },
    stopped('rpm ecs-init', '1.104.0'),
  ],
  [
    'installed and not running: the package of other distributions',
    { files: amazonLinux, programs: { 'dpkg-query': '1.100.0-1' } },
    stopped('dpkg amazon-ecs-init', '1.100.0'),
  ],
  [
    'installed by no package: the program itself',
    {
      files: amazonLinux,
      programs: {
        rpm: {
          exitCode: 2,
          stdout: 'package ecs-init is not installed\npackage amazon-ecs-init is not installed\n',
        },
        '/usr/libexec/amazon-ecs-init version': 'ecs-init version 1.98.0 (*8dfceca)\n',
      },
    },
    stopped('amazon-ecs-init version', '1.98.0'),
  ],
  [
    'installed, and nobody tells a version',
    { files: amazonLinux },
    { ...nobody, runsAs: 'ecs-init', unit: 'ecs.service' },
  ],
  [
    'a package tool that hangs keeps no other from telling',
    { files: amazonLinux, programs: { rpm: hangs, 'dpkg-query': '1.100.0-1' } },
    stopped('dpkg amazon-ecs-init', '1.100.0'),
    /rpm .* did not answer/,
  ],
]

for (const [behaviour, options, agent, unknown] of cases)
  t.test(behaviour, async t => {
    const found = await detected(options)
    t.same(found.agent, agent)
    if (unknown === undefined) t.equal(found.unknown, undefined)
    else t.match(found.unknown, unknown)
  })

const everybody: FakeOptions = {
  files: { ...docker, ...amazonLinux },
  http: running(),
  links: cached,
  programs: {
    ...rpm,
    'dpkg-query': { exitCode: 1, stderr: 'no packages found' },
    '/usr/libexec/amazon-ecs-init version': 'ecs-init version 1.63.0 (8dfceca)\n',
  },
}

t.test('a check runs no program once somebody has told', async t => {
  const { agent, ran } = await detected(everybody)
  t.same(agent?.told, told(['introspection', '1.105.1'], ['cached image', '1.105.1']))
  t.same(ran, [])
})

t.test('facts hear everybody', async t => {
  const { agent, ran } = await detected(everybody, 'everybody')
  t.equal(agent?.version, '1.105.1', 'the agent itself knows best')
  t.same(
    agent?.told,
    told(
      ['introspection', '1.105.1'],
      ['cached image', '1.105.1'],
      ['rpm ecs-init', '1.104.0'],
      ['amazon-ecs-init version', '1.63.0'],
    ),
  )
  t.same(
    ran.map(argv => argv.split(' ')[0]),
    ['rpm', 'dpkg-query', '/usr/libexec/amazon-ecs-init'],
  )
  const native = await detected(
    {
      files: bottlerocket,
      programs: { '/usr/bin/amazon-ecs-agent -version': 'Amazon ECS Agent - v1.86.3 (f00)\n' },
    },
    'everybody',
  )
  t.match(native.agent, { version: '1.86.3', running: false, runsAs: 'native' })
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

t.test('units', async t => {
  for (const [exec, starts] of [
    ['/usr/libexec/amazon-ecs-init start', 'ecs-init'],
    ['-/usr/sbin/amazon-ecs-init start', 'ecs-init'],
    ['/usr/bin/docker run amazon/amazon-ecs-agent', 'container'],
    ['/usr/bin/docker run nginx', undefined],
    ['/usr/bin/amazon-ecs-agent', 'native'],
    ['/usr/bin/true', undefined],
  ] as const)
    t.equal(parseUnit(`[Service]\nExecStart=${exec}\n`)?.starts, starts, exec)
  t.equal(parseUnit(''), null, 'a masked unit')
  fc.assert(fc.property(fc.string(), text => parseUnit(text) === null || text.includes('ExecStart=')))
})
