import fc from 'fast-check'
import t from 'tap'
import { defaultDevices, parseRoutes, parseRoutes6 } from '../../src/detect/routes.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

// As a kernel 6.18 prints them, with columns of blanks shortened.
const ipv4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
ens5	00000000	0100000A	0003	0	0	0	00000000	0	0	0
docker0	00000000	090011AC	0003	0	0	500	00000000	0	0	0
ens5	0000000A	00000000	0001	0	0	0	00FFFFFF	0	0	0
tun0	0200080A	00000000	0005	0	0	0	FFFFFFFF	0	0	0
lo	02AAFEA9	00000000	0005	0	0	0	FFFFFFFF	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
eth9	00ACFEA9	00000000	0001	0	0	0	00FCFFFF	0	0	0
*	0000A8C0	00000000	0201	0	0	0	0000FFFF	0	0	0
*	006433C6	00000000	0001	0	0	0	00FFFFFF	0	0	0
`

const zero = '0'.repeat(32)
const ipv6 = `20010db8000000000000000000000000 20 ${zero} 00 ${zero} 00000400 00000001 00000000 00200200       lo
fd100000000000000000000000000000 40 ${zero} 00 ${zero} 00000100 00000002 00000000 00000001     ens5
${zero} 00 ${zero} 00 fd100000000000000000000000000001 00000400 00000001 00000000 00000003     ens5
fd100000000000000000000000000010 80 ${zero} 00 ${zero} 00000000 00000003 00000000 80200001       lo
${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo
`

t.test('/proc/net/route: the kernel order; what is unreachable or a blackhole leads nowhere', async t => {
  const routes = parseRoutes(ipv4)
  t.same(routes, [
    { destination: '0.0.0.0/0', device: 'ens5' },
    { destination: '0.0.0.0/0', device: 'docker0' },
    { destination: '10.0.0.0/24', device: 'ens5' },
    { destination: '10.8.0.2/32', device: 'tun0' },
    { destination: '169.254.170.2/32', device: 'lo' },
    { destination: '172.17.0.0/16', device: 'docker0' },
    { destination: '169.254.172.0/22', device: 'eth9' },
  ])
  t.same(defaultDevices(routes), ['ens5', 'docker0'])
})

t.test("/proc/net/ipv6_route: the kernel's own unreachable default is none", async t => {
  const routes = parseRoutes6(ipv6)
  t.same(routes, [
    { destination: 'fd10:0000:0000:0000:0000:0000:0000:0000/64', device: 'ens5' },
    { destination: '0000:0000:0000:0000:0000:0000:0000:0000/0', device: 'ens5' },
    { destination: 'fd10:0000:0000:0000:0000:0000:0000:0010/128', device: 'lo' },
  ])
  t.same(defaultDevices(routes), ['ens5'])
})

const hex4 = (...octets: readonly number[]) =>
  octets
    .toReversed()
    .map(octet => octet.toString(16).padStart(2, '0').toUpperCase())
    .join('')
const line = (device: string, destination: string, mask: string) =>
  `Iface\n${device}\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0\n`

const cases: readonly (readonly [behaviour: string, text: string, devices: readonly string[]])[] = [
  ['an empty file', '', []],
  ['only the heading', ipv4.split('\n')[0] ?? '', []],
  [
    'two default routes by one device count once',
    line('a', hex4(0, 0, 0, 0), hex4(0, 0, 0, 0)).repeat(2),
    ['a'],
  ],
  [
    '0.0.0.0/1, as VPN programs set it, is no default route',
    line('a', hex4(0, 0, 0, 0), hex4(128, 0, 0, 0)),
    [],
  ],
  ['a blackhole by default', line('*', hex4(0, 0, 0, 0), hex4(0, 0, 0, 0)), []],
  ['text that is no address', line('a', 'ZZZZZZZZ', 'ZZZZZZZZ'), []],
]

for (const [behaviour, text, devices] of cases)
  t.test(behaviour, async t => t.same(defaultDevices(parseRoutes(text)), devices))

t.test('every network comes back as it went in', async () => {
  const octet = fc.nat(255)
  const property = fc.property(octet, octet, octet, octet, fc.nat(32), (a, b, c, d, prefix) => {
    const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0
    const octets = [mask >>> 24, (mask >>> 16) & 255, (mask >>> 8) & 255, mask & 255]
    const [route] = parseRoutes(line('a', hex4(a, b, c, d), hex4(...octets)))
    return route?.destination === `${a}.${b}.${c}.${d}/${prefix}`
  })
  fc.assert(property)
})

t.test('any text at all gives only networks', async () => {
  const word = fc.oneof(fc.string(), fc.stringMatching(/^[0-9A-Fa-f]{0,34}$/), fc.constant('00000000'))
  const text = fc
    .array(fc.array(word, { maxLength: 12 }).map(words => words.join('\t')))
    .map(lines => ['Iface', ...lines].join('\n'))
  const isNetwork = ({ destination }: { readonly destination: string }) =>
    /^(\d+(\.\d+){3}|[0-9a-f]{4}(:[0-9a-f]{4}){7})\/\d+$/.test(destination)
  fc.assert(fc.property(text, given => [...parseRoutes(given), ...parseRoutes6(given)].every(isNetwork)))
})
