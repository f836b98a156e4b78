import t from 'tap'
import { detectDocker } from '../../src/detect/docker.js'
import type { HttpResponse } from '../../src/host/host.js'
import { CommandError } from '../../src/model/errors.js'
import type { DockerFacts } from '../../src/model/facts.js'
import { fakeHost, type FakeOptions } from '../fakes/fake-host.js'

const json = (value: unknown): HttpResponse => ({ status: 200, body: JSON.stringify(value) })
const slow = (path: string) =>
  new CommandError({ file: 'GET', args: [] }, undefined, { message: `${path} did not answer in 2 s` })

// As Docker 28.5 answers; what no fact is taken from was cut.
const engine = {
  '/version': json({ Platform: { Name: '' }, Version: '28.5.2', ApiVersion: '1.51', Components: [] }),
  '/info': json({ ID: 'a', Driver: 'overlay2', FirewallBackend: { Driver: 'iptables' }, Warnings: null }),
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
  containers: [
    { name: 'ecs-web-1', networkMode: 'bridge', addresses: ['172.17.0.2', 'fd17::2'] },
    { name: 'agent', networkMode: 'host', addresses: [] },
  ],
}
const nothing: DockerFacts = { version: null, firewallBackend: null, defaultBridge: null, containers: [] }

const there = { '/run/docker.sock': '', '/usr/bin/dockerd': '' }
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
  ['a socket without a listener', { files: there }, nothing, /nobody listens/],
  ['a socket somebody left behind', { files: { '/run/docker.sock': '' } }, null],
  [
    'an engine before 28.1 does not tell its firewall',
    { files: there, http: { ...engine, '/info': json({ ID: 'a', Driver: 'overlay2' }) } },
    { ...facts, firewallBackend: null },
  ],
  [
    'the nftables backend',
    {
      files: there,
      http: { ...engine, '/info': json({ FirewallBackend: { Driver: 'nftables', Info: [] } }) },
    },
    { ...facts, firewallBackend: 'nftables' },
  ],
  [
    '`bridge: none` has no default bridge',
    {
      files: there,
      http: { ...engine, '/networks/bridge': { status: 404, body: '{"message":"not found"}' } },
    },
    { ...facts, defaultBridge: null },
  ],
  [
    'the engine answers nothing but errors',
    {
      files: there,
      http: { '/version': 500, '/info': 500, '/networks/bridge': 500, '/containers/json': 500 },
    },
    nothing,
    /\/version with status 500.*\/info with status 500.*\/networks\/bridge with.*\/containers\/json with/,
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
    { ...facts, firewallBackend: null },
    /^docker \/info: not JSON/,
  ],
  [
    'an engine that hangs',
    { files: there, http: { ...engine, '/version': slow('/version') } },
    { ...facts, version: null },
    /^\/version did not answer/,
  ],
  [
    'answers of the wrong types',
    {
      files: there,
      http: {
        '/version': json({ Version: 28 }),
        '/info': json({ FirewallBackend: 'iptables' }),
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
      containers: [...Array<string>(3).fill('without a name'), 'without a name', 'f'].map(name => ({
        name,
        networkMode: 'default',
        addresses: [],
      })),
    },
  ],
  [
    'JSON that is neither an object nor a list',
    { files: there, http: { ...engine, '/version': { status: 200, body: '"28.5.2"' } } },
    { ...facts, version: null },
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
    const found = await detectDocker(fakeHost(options))
    t.same(found.fact, fact)
    if (unknown === undefined) t.equal(found.unknown, undefined)
    else t.match(found.unknown, unknown)
  })
