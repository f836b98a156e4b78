import fc from 'fast-check'
import t from 'tap'
import { detectNetwork, parseAddresses } from '../../src/detect/network.js'
import { ParseError } from '../../src/model/errors.js'
import { fakeHost, hangs, unreadable, type FakeOptions } from '../fakes/fake-host.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

// Printed by iproute2 6.1 on a host made of such links; what no fact is taken from was cut.
const printed = JSON.stringify([
  {
    ifindex: 1,
    ifname: 'lo',
    flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
    operstate: 'UNKNOWN',
    link_type: 'loopback',
    address: '00:00:00:00:00:00',
    addr_info: [
      { family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host', label: 'lo' },
      { family: 'inet6', local: '::1', prefixlen: 128, scope: 'host' },
    ],
  },
  {
    ifindex: 2,
    ifname: 'ens5',
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    operstate: 'UP',
    link_type: 'ether',
    address: '12:9d:c3:10:c9:df',
    num_tx_queues: 2,
    addr_info: [
      { family: 'inet', local: '10.0.0.10', prefixlen: 24, broadcast: '10.0.0.255', scope: 'global' },
      { family: 'inet', local: '10.0.0.11', prefixlen: 24, scope: 'global', secondary: true },
      { family: 'inet6', local: 'fe80::109d:c3ff:fe10:c9df', prefixlen: 64, scope: 'link', tentative: true },
    ],
  },
  {
    ifindex: 4,
    ifname: 'docker0',
    flags: ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP'],
    operstate: 'DOWN',
    link_type: 'ether',
    address: 'c2:64:9a:70:57:57',
    linkinfo: { info_kind: 'bridge', info_data: { forward_delay: 1500, root_id: '8000.c2:64:9a:70:57:57' } },
    addr_info: [{ family: 'inet', local: '172.17.0.1', prefixlen: 16, scope: 'global', label: 'docker0' }],
  },
  {
    ifindex: 6,
    link: 'inside',
    ifname: 'veth1a2b3c4',
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    master: 'docker0',
    operstate: 'UP',
    link_type: 'ether',
    address: 'c2:64:9a:70:57:58',
    linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge', info_slave_data: { state: 'forwarding' } },
    addr_info: [],
  },
  {
    ifindex: 7,
    ifname: 'tun0',
    flags: ['POINTOPOINT', 'MULTICAST', 'NOARP'],
    operstate: 'DOWN',
    link_type: 'none',
    linkinfo: { info_kind: 'tun', info_data: { type: 'tun', pi: false } },
    addr_info: [{ family: 'inet', local: '10.8.0.1', address: '10.8.0.2', prefixlen: 32, scope: 'global' }],
  },
])

t.test('what ip prints', async t =>
  t.same(parseAddresses(printed), [
    {
      name: 'lo',
      kind: 'loopback',
      up: true,
      master: null,
      mac: '00:00:00:00:00:00',
      addresses: [
        { family: 'ipv4', address: '127.0.0.1', prefix: 8 },
        { family: 'ipv6', address: '::1', prefix: 128 },
      ],
    },
    {
      name: 'ens5',
      kind: 'ethernet',
      up: true,
      master: null,
      mac: '12:9d:c3:10:c9:df',
      addresses: [
        { family: 'ipv4', address: '10.0.0.10', prefix: 24 },
        { family: 'ipv4', address: '10.0.0.11', prefix: 24 },
        { family: 'ipv6', address: 'fe80::109d:c3ff:fe10:c9df', prefix: 64 },
      ],
    },
    {
      name: 'docker0',
      kind: 'bridge',
      up: true,
      master: null,
      mac: 'c2:64:9a:70:57:57',
      addresses: [{ family: 'ipv4', address: '172.17.0.1', prefix: 16 }],
    },
    {
      name: 'veth1a2b3c4',
      kind: 'veth',
      up: true,
      master: 'docker0',
      mac: 'c2:64:9a:70:57:58',
      addresses: [],
    },
    {
      name: 'tun0',
      kind: 'tun',
      up: false,
      master: null,
      mac: null,
      addresses: [{ family: 'ipv4', address: '10.8.0.1', prefix: 32 }],
    },
  ]),
)

const odd: readonly (readonly [behaviour: string, text: string, names: readonly string[] | 'ParseError'])[] =
  [
    ['no links', '[]', []],
    ['the empty objects of old versions', '[{},{"ifname":"lo"},{}]', ['lo']],
    ['an address that is none', '[{"ifname":"lo","addr_info":[{},null,{"local":5}]}]', ['lo']],
    ['wrong types', '[{"ifname":5},null,7,{"ifname":"a","flags":3,"addr_info":"x","linkinfo":[]}]', ['a']],
    ['nothing at all', '', 'ParseError'],
    ['half an answer', '[{"ifname":"lo"', 'ParseError'],
    ['no list', '{"ifname":"lo"}', 'ParseError'],
  ]

for (const [behaviour, text, names] of odd)
  t.test(behaviour, async t => {
    if (names === 'ParseError') t.throws(() => parseAddresses(text), { code: 'E_PARSE' })
    else
      t.same(
        parseAddresses(text).map(({ name }) => name),
        names,
      )
  })

t.test('any text gives interfaces or a ParseError', async () => {
  const key = fc.constantFrom('ifname', 'flags', 'link_type', 'linkinfo', 'addr_info', 'local', 'prefixlen')
  const value = fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(key, fc.jsonValue())))
  const links = fc.array(fc.dictionary(key, value)).map(value => JSON.stringify(value))
  const given = fc.oneof(fc.string(), fc.json(), links)
  const isUnderstood = (text: string): boolean => {
    try {
      return parseAddresses(text).every(
        ({ name, addresses }) => typeof name === 'string' && Array.isArray(addresses),
      )
    } catch (error) {
      return error instanceof ParseError
    }
  }
  fc.assert(fc.property(given, isUnderstood))
})

const machine = (options: FakeOptions) =>
  fakeHost({ programs: { 'ip -j -d address show': '[]' }, ...options })

const resolvers: readonly (readonly [resolv: string | undefined, metadataIsResolver: boolean])[] = [
  ['nameserver 10.0.0.2\n', false],
  ['nameserver 10.0.0.2\nnameserver 169.254.169.254\n', true],
  ['  nameserver\t169.254.169.254  \n', true],
  ['# nameserver 169.254.169.254\n', false],
  ['nameserver 169.254.169.253\n', false],
  ['nameserver 169.254.169.254.example\n', false],
  [undefined, false],
]

t.test('is the metadata address the resolver', async t => {
  for (const [resolv, metadataIsResolver] of resolvers) {
    const host = machine(resolv === undefined ? {} : { files: { '/etc/resolv.conf': resolv } })
    t.match((await detectNetwork(host)).fact, { metadataIsResolver }, resolv?.trim() ?? 'no resolv.conf')
  }
})

t.test('no routes are no routes', async t =>
  t.match((await detectNetwork(machine({}))).fact, { defaultRoutes: { ipv4: [], ipv6: [] } }),
)

const failures: readonly (readonly [
  behaviour: string,
  options: FakeOptions,
  code: string,
  message: RegExp,
])[] = [
  ['ip is missing', { programs: {} }, 'E_COMMAND', /not installed/],
  [
    'ip fails',
    { programs: { ip: { exitCode: 1, stderr: 'Cannot open netlink socket' } } },
    'E_COMMAND',
    /netlink/,
  ],
  ['ip hangs', { programs: { ip: hangs } }, 'E_COMMAND', /did not answer/],
  ['ip is too old for JSON', { programs: { ip: '1: lo: <LOOPBACK>' } }, 'E_PARSE', /not JSON/],
  ['routes cannot be read', { files: { '/proc/net/route': unreadable } }, 'E_FILE', /EIO/],
]

for (const [behaviour, options, code, message] of failures)
  t.test(`could not tell: ${behaviour}`, async t =>
    t.rejects(detectNetwork(machine(options)), { code, message }),
  )
