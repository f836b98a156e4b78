import t from 'tap'
import type { ClaimEntry, Origin, PacketClaim, Proof } from '../../src/model/claim.js'
import { packetPaths } from '../../src/report/packet-paths.js'
import { bridge, facts, localnet } from './sample.js'

const host: Origin = { kind: 'host' }
const neighbour: Origin = { kind: 'neighbour', interface: 'ens5' }
const holds = (evidence: string): Proof => ({ holds: true, evidence })
const broken = (because: string): Proof => ({ holds: false, because })
const untold = (because: string): Proof => ({ holds: null, because })

function claim(origin: Origin, given: Partial<PacketClaim>, proof: Proof): ClaimEntry {
  const packet = {
    kind: 'packet',
    family: 'ipv4',
    origin,
    from: '172.17.0.2',
    protocol: 'tcp',
    port: 80,
  } as const
  return { control: 'x', claim: { ...packet, to: '169.254.169.254', fate: 'dropped', ...given }, proof }
}
const credentials = { to: '169.254.170.2', fate: 'delivered', arrivesAt: '127.0.0.1:51679' } as const
const dnat = 'ip nat PREROUTING: -A PREROUTING -d 169.254.170.2/32 -j DNAT --to-destination 127.0.0.1:51679'

/** "prerouting > [forward dropped here] > (169.254.169.254 port 80 never reached)" */
const drawn = (entry: ClaimEntry): string =>
  (packetPaths([entry], facts)[0]?.stations ?? [])
    .map(({ name, what, words }) => {
      const text = [name, words].filter(word => word !== '').join(' ')
      return { passed: text, decides: `[${text}]`, 'never reached': `(${text})`, perhaps: `?${text}?` }[what]
    })
    .join(' > ')

const cases: readonly (readonly [name: string, entry: ClaimEntry, wanted: string])[] = [
  [
    'the fence drops',
    claim(bridge('docker0'), {}, holds('inet taskfence forward: ip daddr 169.254.169.254 drop')),
    'prerouting > [forward dropped here] > (169.254.169.254 port 80 never reached)',
  ],
  [
    'a policy drops',
    claim(bridge('docker0'), {}, holds('policy DROP of ip filter FORWARD')),
    'prerouting > [forward dropped here] > (169.254.169.254 port 80 never reached)',
  ],
  [
    'DOCKER-USER drops',
    claim(bridge('docker0'), {}, holds('ip filter DOCKER-USER: -A DOCKER-USER -j DROP')),
    'prerouting > [forward dropped here] > (169.254.169.254 port 80 never reached)',
  ],
  [
    'nobody drops',
    claim(bridge('docker0'), {}, broken('reaches 169.254.169.254:80 (no rule drops it)')),
    'prerouting > forward > [169.254.169.254 port 80 reached]',
  ],
  [
    'the DNAT sends on',
    claim(bridge('docker0'), credentials, holds(dnat)),
    '[prerouting sent on to 127.0.0.1:51679] > input > [169.254.170.2 port 80 delivered]',
  ],
  [
    'no DNAT',
    claim(
      bridge('docker0'),
      credentials,
      broken('arrives at 169.254.170.2:80 instead of 127.0.0.1:51679 (no rule drops it)'),
    ),
    'prerouting > input > [169.254.170.2 port 80 not as promised]',
  ],
  [
    'dropped on the way',
    claim(bridge('ecs-bridge'), credentials, broken('dropped by policy DROP of ip filter FORWARD')),
    'prerouting > [forward dropped here] > (169.254.170.2 port 80 never reached)',
  ],
  [
    'dropped at the end',
    claim(bridge('docker0'), credentials, broken('dropped by policy DROP of ip filter INPUT')),
    'prerouting > [input dropped here] > (169.254.170.2 port 80 never reached)',
  ],
  [
    'the host itself',
    claim(host, credentials, holds('ip nat OUTPUT: -A OUTPUT -j REDIRECT --to-ports 51679')),
    '[output sent on to 127.0.0.1:51679] > [169.254.170.2 port 80 delivered]',
  ],
  [
    'the guard\u2019s own chain',
    claim(neighbour, { to: '169.254.170.2' }, holds('inet taskfence credentials_guard: drop')),
    '[prerouting dropped here] > (input) > (169.254.170.2 port 80 never reached)',
  ],
  [
    'a martian',
    claim(neighbour, { to: '127.0.0.1', port: 51679 }, holds('no route_localnet on ens5 (martian)')),
    'prerouting > [routing dropped here] > (input) > (127.0.0.1 port 51679 never reached)',
  ],
  [
    'an address of the host',
    claim(neighbour, { to: '10.0.1.17', port: 51678 }, broken('reaches 10.0.1.17:51678 (no rule drops it)')),
    'prerouting > input > [10.0.1.17 port 51678 reached]',
  ],
  [
    'could not tell where',
    claim(bridge('docker0'), {}, untold('inet lockdown forward: meta cgroup 7')),
    'prerouting > ?forward could not tell? > ?169.254.169.254 port 80 could not tell?',
  ],
  [
    'could not tell at all',
    claim(bridge('docker0'), {}, untold('iptables did not answer in 5 s')),
    '?prerouting? > ?forward? > ?169.254.169.254 port 80 could not tell?',
  ],
]

t.test('a path shows the hook that decides, and what comes after it', async t => {
  for (const [name, entry, wanted] of cases) t.equal(drawn(entry), wanted, name)
})

t.test('equal paths of several bridges and families are one; others and other senders are not', async t => {
  const proof = broken('reaches it (no rule drops it)')
  const paths = packetPaths(
    [
      claim(bridge('docker0'), {}, proof),
      claim(bridge('br-x'), {}, proof),
      claim(bridge('br-x'), { family: 'ipv6' }, proof),
      claim(bridge('br-y'), {}, holds('policy DROP of ip filter FORWARD')),
      claim(bridge('ecs-bridge'), {}, proof),
      { ...claim(bridge('docker0'), {}, proof), reportOnly: true },
      localnet('docker0'),
    ],
    facts,
  )
  t.same(
    paths.map(({ sender, from, families, answer, isObserved }) => [
      sender,
      from,
      families,
      answer,
      isObserved,
    ]),
    [
      ['bridge', 'docker0, br-x', 'IPv4, IPv6', 'broken', false],
      ['bridge', 'br-y', 'IPv4', 'holds', false],
      ['awsvpc', 'ecs-bridge', 'IPv4', 'broken', false],
      ['bridge', 'docker0', 'IPv4', 'broken', true],
    ],
  )
})
