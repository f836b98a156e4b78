import t from 'tap'
import type { HttpResponse } from '../../src/host/host.js'
import { detectEngine } from '../../src/detect/docker.js'
import { CommandError } from '../../src/model/errors.js'
import type { DockerFacts } from '../../src/model/facts.js'
import { json } from '../fakes/engine.js'
import { fakeHost, unreadable, type FakeOptions } from '../fakes/fake-host.js'

const slow = (path: string) =>
  new CommandError({ file: 'GET', args: [] }, undefined, { message: `${path} did not answer in 2 s` })

// As Docker 28.5 answers; what no fact is taken from was cut.
const engine = {
  '/info': json({
    ...{ ServerVersion: '28.5.2', Driver: 'overlay2', LiveRestoreEnabled: true, Warnings: null },
    FirewallBackend: { Driver: 'iptables' },
  }),
  '/networks/bridge': json({
    Name: 'bridge',
    Options: {
      'com.docker.network.bridge.default_bridge': 'true',
      'com.docker.network.bridge.name': 'docker0',
    },
  }),
  '/containers/json': json([
    {
      Id: 'f00',
      Names: ['/ecs-web-1'],
      HostConfig: { NetworkMode: 'bridge' },
      NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2', GlobalIPv6Address: 'fd17::2' } } },
    },
    {
      Id: 'f01',
      Names: ['/agent'],
      HostConfig: { NetworkMode: 'host' },
      NetworkSettings: { Networks: { host: { IPAddress: '', GlobalIPv6Address: '' } } },
    },
  ]),
}

const facts: DockerFacts = {
  version: '28.5.2',
  firewallBackend: 'iptables',
  defaultBridge: 'docker0',
  bridgeNone: false,
  liveRestore: true,
  userlandProxy: null,
  containers: [
    { name: 'ecs-web-1', networkMode: 'bridge', addresses: ['172.17.0.2', 'fd17::2'] },
    { name: 'agent', networkMode: 'host', addresses: [] },
  ],
}
const nothing: DockerFacts = {
  version: null,
  firewallBackend: null,
  defaultBridge: null,
  bridgeNone: null,
  liveRestore: null,
  userlandProxy: null,
  containers: [],
}

const there = { '/run/docker.sock': '', '/usr/bin/dockerd': '' }
/** As at boot, before docker.service has its turn: a request would have it started, and wait for that. */
const awaited = {
  ...there,
  '/run/systemd/system/docker.service.d/x.conf': '',
  '/usr/lib/systemd/system/docker.socket': '',
}
const running = { '/run/systemd/units/invocation:docker.service': 'b525efc8a62145a38e5b3dc9c069c691' }
type Case = readonly [
  behaviour: string,
  options: FakeOptions,
  fact: DockerFacts | null,
  unknown?: RegExp | undefined,
]

const cases: readonly Case[] = [
  ['not installed', {}, null],
  ['a client alone is no engine', { files: { '/usr/bin/docker': '' } }, null],
  ['all is told', { files: there, http: engine }, facts],
  [
    'installed and never started',
    { files: { '/usr/bin/dockerd': '' } },
    nothing,
    /there is no \/run\/docker.sock/,
  ],
  [
    'systemd listens for an engine that does not run: it is not asked',
    { files: awaited, http: engine },
    nothing,
    /does not run: systemd listens on \/run\/docker.sock/,
  ],
  ['an engine that systemd has started', { files: awaited, links: running, http: engine }, facts],
  ['an engine beside systemd', { files: { ...awaited, '/run/docker.pid': '7' }, http: engine }, facts],
  ['a socket without a listener', { files: there }, nothing, /nobody listens/],
  ['a socket somebody left behind', { files: { '/run/docker.sock': '' } }, null],
  [
    'an engine before 28.1 does not tell its firewall',
    { files: there, http: { ...engine, '/info': json({ ServerVersion: '25.0.16' }) } },
    { ...facts, version: '25.0.16', firewallBackend: null, liveRestore: null },
  ],
  [
    'the nftables backend',
    {
      files: there,
      http: {
        ...engine,
        '/info': json({ ServerVersion: '29.0.0', FirewallBackend: { Driver: 'nftables', Info: [] } }),
      },
    },
    { ...facts, version: '29.0.0', firewallBackend: 'nftables', liveRestore: null },
  ],
  [
    '`bridge: none` has no default bridge',
    {
      files: there,
      http: { ...engine, '/networks/bridge': { status: 404, body: '{"message":"not found"}' } },
    },
    { ...facts, defaultBridge: null, bridgeNone: true },
  ],
  [
    'the engine answers nothing but errors',
    {
      files: there,
      http: { '/info': 500, '/networks/bridge': 500, '/containers/json': 500 },
    },
    nothing,
    /\/networks\/bridge with status 500.*\/info with status 500.*\/containers\/json with status 500/,
  ],
  [
    'a slow list of containers costs only the containers',
    { files: there, http: { ...engine, '/containers/json': slow('/containers/json') } },
    { ...facts, containers: [] },
    /^\/containers\/json did not answer in 2 s$/,
  ],
  [
    'half a body costs only what it would have told',
    {
      files: there,
      http: { ...engine, '/info': { status: 200, body: '{"FirewallBackend":{"Driver":"nft' } },
    },
    { ...facts, version: null, firewallBackend: null, liveRestore: null },
    /^docker \/info: not JSON/,
  ],
  [
    'an engine that is slow to tell of itself',
    { files: there, http: { ...engine, '/info': slow('/info') } },
    { ...facts, version: null, firewallBackend: null, liveRestore: null },
    /^\/info did not answer/,
  ],
  [
    'answers of the wrong types',
    {
      files: there,
      http: {
        '/info': json({ ServerVersion: 28, FirewallBackend: 'iptables', LiveRestoreEnabled: 'yes' }),
        '/networks/bridge': json({ Options: null }),
        '/containers/json': json([
          null,
          7,
          {},
          { Names: 'web', NetworkSettings: { Networks: [null] } },
          { Id: 'f' },
        ]),
      },
    },
    {
      ...nothing,
      bridgeNone: false,
      containers: [...Array<string>(3).fill('without a name'), 'without a name', 'f'].map(name => ({
        name,
        networkMode: 'default',
        addresses: [],
      })),
    },
  ],
  [
    'JSON that is neither an object nor a list',
    { files: there, http: { ...engine, '/info': { status: 200, body: '"28.5.2"' } } },
    { ...facts, version: null, firewallBackend: null, liveRestore: null },
    /neither an object nor a list/,
  ],
  [
    'an object where a list would be',
    { files: there, http: { ...engine, '/containers/json': json({ message: 'no' }) } },
    { ...facts, containers: [] },
  ],
]

for (const [behaviour, options, fact, unknown] of cases)
  t.test(behaviour, async t => {
    const { docker: found } = await detectEngine(fakeHost(options))
    t.same(found.fact, fact)
    if (unknown === undefined) t.equal(found.unknown, undefined)
    else t.match(found.unknown, unknown)
  })

const refusal = (words: string, version: string) => ({
  status: 400,
  body: JSON.stringify({
    message: `client version 1.44 is too ${words} supported API version is ${version}`,
  }),
})
const noSuchPage = { status: 404, body: '{"message":"page not found"}' }
/** Each of its paths in that version. */
const inVersion = (version: string, answerTo: (path: keyof typeof engine) => HttpResponse) =>
  Object.fromEntries(
    (Object.keys(engine) as (keyof typeof engine)[]).map(path => [`/v${version}${path}`, answerTo(path)]),
  )

// The words of Docker's own refusals.
for (const [behaviour, http, version, requests] of [
  ['wants a version', inVersion('1.44', path => engine[path]), '1.44', 6],
  [
    'wants a version, and has left 1.44 behind',
    {
      ...inVersion('1.44', () => refusal('old. Minimum', '1.60')),
      ...inVersion('1.60', path => engine[path]),
    },
    '1.60',
    9,
  ],
] as const)
  t.test(`an engine that ${behaviour}`, async t => {
    const refused = Object.fromEntries(Object.keys(engine).map(path => [path, noSuchPage]))
    const host = fakeHost({ files: there, http: { ...refused, ...http } })
    const { docker, api } = await detectEngine(host)
    t.same(docker, { fact: facts })
    t.equal(host.asked.length, requests)
    await api('/containers/f00/json')
    t.equal(host.asked.at(-1)?.path, `/v${version}/containers/f00/json`, 'for all that comes after')
  })

t.test('a refusal that is repeated is no loop', async t => {
  const http = {
    '/networks/bridge': noSuchPage,
    '/v1.44/networks/bridge': refusal('new. Maximum', '1.41'),
    '/v1.41/networks/bridge': refusal('old. Minimum', '1.44'),
  }
  const { docker } = await detectEngine(fakeHost({ files: there, http }))
  t.match(docker.unknown, /\/networks\/bridge with status 400/)
})

t.test('three requests tell all that is asked of every engine', async t => {
  const host = fakeHost({ files: there, http: engine })
  await detectEngine(host)
  t.same(
    host.asked.map(({ path }) => path),
    ['/networks/bridge', '/info', '/containers/json'],
  )
})

t.test('what dockerd was started with', async t => {
  const options: readonly (readonly [options: string, told: Partial<DockerFacts>])[] = [
    ['', { userlandProxy: true }],
    ['-H fd://', { userlandProxy: true }],
    ['--userland-proxy=false', { userlandProxy: false }],
    ['--userland-proxy=0 --live-restore', { userlandProxy: false, liveRestore: true }],
    ['--userland-proxy', { userlandProxy: true }],
    ['--bridge none --live-restore=false', { userlandProxy: true, bridgeNone: true, liveRestore: false }],
    ['--bridge=none', { userlandProxy: true, bridgeNone: true }],
    ['-b none', { userlandProxy: true, bridgeNone: true }],
    ['--bridge=br-main', { userlandProxy: true, bridgeNone: false }],
  ]
  const run = (cmdline: string | typeof unreadable, json = '{}') =>
    detectEngine(
      fakeHost({
        files: {
          ...there,
          '/etc/docker/daemon.json': json,
          '/run/docker.pid': '77\n',
          '/proc/77/cmdline': cmdline,
        },
      }),
    )
  for (const [words, told] of options)
    t.same(
      (await run(['/usr/bin/dockerd', ...words.split(' ').filter(Boolean), ''].join('\0'))).docker.fact,
      { ...nothing, ...told },
      words,
    )
  const proxy = async (...given: Parameters<typeof run>) => (await run(...given)).docker.fact?.userlandProxy
  t.equal(await proxy('/usr/bin/dockerd\0', '{"userland-proxy":false}'), false, 'daemon.json says')
  t.equal(await proxy('/usr/bin/sleep\x001\0'), null, 'the number is of another process by now')
  t.equal(await proxy(unreadable), null)
})

t.test('what daemon.json says counts where the engine does not tell', async t => {
  const rows: readonly (readonly [text: string | typeof unreadable, told: Partial<DockerFacts>])[] = [
    ['{"userland-proxy":false}', { userlandProxy: false }],
    ['{"userland-proxy":true,"bridge":"none"}', { userlandProxy: true, bridgeNone: true }],
    ['{"bridge":"br-main","live-restore":true}', { bridgeNone: false, liveRestore: true }],
    ['{}', {}],
    ['{"userland-proxy":"no","live-restore":1,"bridge":[]}', {}],
    ['not JSON', {}],
    ['', {}],
    [unreadable, {}],
  ]
  for (const [text, told] of rows) {
    const files: FakeOptions['files'] = { ...there, '/etc/docker/daemon.json': text }
    const stopped = await detectEngine(fakeHost({ files }))
    t.same(stopped.docker.fact, { ...nothing, ...told }, `${String(text)}: an engine that is stopped`)
    const running = await detectEngine(fakeHost({ files, http: engine }))
    t.same(
      running.docker,
      { fact: { ...facts, userlandProxy: told.userlandProxy ?? null } },
      `${String(text)}: one that tells the rest itself`,
    )
  }
})
