import t from 'tap'
import { prove } from '../../src/claims/index.js'
import type { Look } from '../../src/look/look.js'
import type { Origin, PacketClaim, Proof } from '../../src/model/claim.js'
import type { Facts, Table } from '../../src/model/facts.js'
import { iptablesBaseChains, parseIptables } from '../../src/netfilter/parse-iptables.js'
import { createLook } from '../../src/look/create-look.js'
import { fakeHost, unreadable } from '../fakes/fake-host.js'
import { factsOf, networkOf } from '../fakes/machine.js'

const network = networkOf(
  ['lo loopback 127.0.0.1/8', 'ens5 ethernet 10.0.0.10/24', 'docker0 bridge 172.17.0.1/16'],
  {
    routes: {
      ipv4: [
        { destination: '0.0.0.0/0', device: 'ens5' },
        { destination: '10.0.0.0/24', device: 'ens5' },
        { destination: '172.17.0.0/16', device: 'docker0' },
      ],
      ipv6: [],
    },
  },
)
const conf = (figures: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => [
      `/proc/sys/net/ipv4/conf/${name}/route_localnet`,
      `${figure}\n`,
    ]),
  )
const open = conf({ all: '1', default: '0', docker0: '0' })

/** A look at a host with these rules, as `iptables -S` prints them. */
function lookAt(
  rules: Partial<Record<Table, readonly string[]>>,
  unread: readonly string[] = [],
  files = open,
): Look {
  const host = fakeHost({ files: { ...files, '/proc/sys/net/ipv4/ip_forward': '1\n' } })
  const chains = Object.entries(rules).flatMap(([table, lines]) => {
    const text = [
      ...['INPUT', 'FORWARD', 'OUTPUT', 'PREROUTING'].map(chain => `-P ${chain} ACCEPT`),
      ...lines,
    ].join('\n')
    return iptablesBaseChains(parseIptables(`${text}\n`, 'ipv4', table as Table), false)
  })
  return { ...createLook(host, factsOf({ network })), ruleset: async () => ({ chains, unread }) }
}

const container: Origin = { kind: 'container', bridge: 'docker0', hypothetical: false }
const packet = {
  kind: 'packet',
  family: 'ipv4',
  protocol: 'tcp',
  port: 80,
  from: '172.17.0.2',
  origin: container,
} as const
const metadata: PacketClaim = { ...packet, to: '169.254.169.254', fate: 'dropped' }
const credentials: PacketClaim = {
  ...packet,
  to: '169.254.170.2',
  fate: 'delivered',
  arrivesAt: '127.0.0.1:51679',
}
const neighbour: PacketClaim = {
  ...packet,
  origin: { kind: 'neighbour', interface: 'ens5' },
  from: '10.0.0.11',
  to: '127.0.0.1',
  port: 51679,
  fate: 'dropped',
}

const drop = '-A FORWARD -d 169.254.169.254/32 -j DROP'
const dnat = (to = '127.0.0.1:51679') =>
  `-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination ${to}`

type Row = readonly [
  behaviour: string,
  claim: PacketClaim,
  rules: Parameters<typeof lookAt>[0],
  holds: boolean | null,
  words: RegExp,
  unread?: readonly string[],
]

const rows: readonly Row[] = [
  [
    'a drop is a drop, and names its rule',
    metadata,
    { filter: [drop] },
    true,
    /-d 169.254.169.254\/32 -j DROP/,
  ],
  ['no rule', metadata, { filter: [] }, false, /^reaches 169.254.169.254:80/],
  ['an accept above', metadata, { filter: ['-A FORWARD -i docker0 -j ACCEPT', drop] }, false, /reaches/],
  [
    'a connection made before must be cut too',
    metadata,
    { filter: ['-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', drop] },
    false,
    /^a connection made before: reaches/,
  ],
  [
    'only half of the packets are dropped',
    metadata,
    { filter: ['-A FORWARD -d 169.254.169.254/32 -m statistic --mode random --probability 0.5 -j DROP'] },
    null,
    /statistic/,
  ],
  [
    'a drop is sure, whatever could not be read',
    metadata,
    { filter: [drop] },
    true,
    /DROP/,
    ['inet mine: hung'],
  ],
  [
    'what could not be read may drop, so nothing is surely open',
    metadata,
    { filter: [] },
    null,
    /inet mine/,
    ['inet mine: hung'],
  ],
  ['delivered where promised', credentials, { nat: [dnat()], filter: [] }, true, /DNAT/],
  [
    'delivered elsewhere',
    credentials,
    { nat: [dnat('127.0.0.1:8080')], filter: [] },
    false,
    /^arrives at 127.0.0.1:8080 instead of 127.0.0.1:51679/,
  ],
  [
    'cut by INPUT',
    credentials,
    { nat: [dnat()], filter: ['-A INPUT -p tcp -j DROP'] },
    false,
    /^dropped by .*-p tcp -j DROP/,
  ],
  [
    'delivered is never said while something is unread',
    credentials,
    { nat: [dnat()] },
    null,
    /inet mine/,
    ['inet mine: hung'],
  ],
  ['loopback from outside', neighbour, { filter: [] }, false, /^reaches 127.0.0.1:51679/],
  [
    "loopback behind ecs-init's own rule: what was open before stays open",
    neighbour,
    {
      filter: [
        '-A INPUT ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
      ],
    },
    false,
    /^a connection made before: reaches/,
  ],
  [
    'a neighbour whose answers take another way: what it sends is invalid, not established',
    { ...neighbour, to: '169.254.170.2', port: 80 },
    { filter: ['-A FORWARD -m conntrack --ctstate NEW,RELATED,ESTABLISHED -j DROP'] },
    false,
    /^a connection made before, with answers that go past this host: reaches 169.254.170.2:80/,
  ],
  [
    'what is sent astray now was not, where the connection is older than the NAT',
    metadata,
    {
      nat: [
        '-A PREROUTING -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:9',
      ],
      filter: ['-A INPUT -d 127.0.0.1/32 -j DROP'],
    },
    false,
    /^a connection made before: reaches 169.254.169.254:80/,
  ],
  [
    'NAT of a connection made before is gone with the last nat chain',
    { ...neighbour, to: '169.254.170.2', port: 80 },
    { filter: ['-A FORWARD -j DROP'] },
    true,
    /-A FORWARD -j DROP/,
  ],
  [
    'and stays with any',
    { ...neighbour, to: '169.254.170.2', port: 80 },
    { nat: [], filter: ['-A FORWARD -j DROP'] },
    false,
    /^a connection made before: reaches 127.0.0.1:51679 \(conntrack NAT of the connection/,
  ],
]

const wordsOf = (proof: Proof) => proof.because ?? proof.evidence ?? ''

for (const [behaviour, claim, rules, holds, words, unread] of rows)
  t.test(behaviour, async t => {
    const proof = await prove(claim, lookAt(rules, unread))
    t.equal(proof.holds, holds, wordsOf(proof))
    t.match(wordsOf(proof), words)
  })

t.test('where nft is missing a claim says by what its rule could be shadowed', async t => {
  const dockerUser = ['-N DOCKER-USER', '-A FORWARD -j DOCKER-USER', drop.replace('FORWARD', 'DOCKER-USER')]
  const input = ['-A INPUT -d 127.0.0.0/8 ! -i lo -j DROP']
  const without = (lines: readonly string[], facts: Partial<Facts>) => {
    const look = lookAt({ filter: lines })
    return { ...look, facts: { ...look.facts, nft: null, ...facts } }
  }
  const cases = [
    [metadata, dockerUser, {}, /return above it in DOCKER-USER, an accept above the jump in FORWARD, or a/],
    [metadata, [drop], {}, /an accept above it in FORWARD, or a flush/],
    [neighbour, input, {}, /an accept above it in INPUT, or a flush/],
    [metadata, [drop], { nft: { version: '0.9.0', usable: false, expressions: [] } }, /without nftables/],
    [metadata, [drop], { unknown: { nft: 'it hung' } }, undefined],
    [metadata, [drop], { nft: factsOf().nft }, undefined],
  ] as const
  for (const [claim, lines, facts, says] of cases) {
    const { holds, because } = await prove(claim, without(lines, facts))
    t.equal(holds, true)
    if (says === undefined) t.equal(because, undefined)
    else t.match(because, says)
  }
})

t.test('without route_localnet a task reaches nothing on 127.0.0.1', async t => {
  const shut = lookAt({ nat: [dnat()], filter: [] }, [], conf({ all: '0', default: '0', docker0: '0' }))
  t.equal((await prove(credentials, shut)).holds, false)
  const own = lookAt({ nat: [dnat()], filter: [] }, [], conf({ all: '0', default: '0', docker0: '1' }))
  t.equal((await prove(credentials, own)).holds, true, "the interface's own is enough")
})

const localnet: readonly (readonly [figures: Readonly<Record<string, string>>, holds: boolean | null])[] = [
  [{ all: '1', default: '0', docker0: '0' }, true],
  [{ all: '0', default: '0', docker0: '1' }, true],
  [{ all: '0', default: '1', docker0: '0' }, false],
  [{ all: '0', default: '1' }, true],
  [{ all: '0', default: '0' }, false],
  [{ default: '1' }, null],
  [{ all: '0' }, null],
  [{ all: '2', default: '0' }, true],
]

t.test('route_localnet: all, or its own, or what it will inherit', async t => {
  for (const [figures, holds] of localnet) {
    const look = createLook(fakeHost({ files: conf(figures) }), factsOf())
    t.equal(
      (await prove({ kind: 'localnet-routing', interface: 'docker0' }, look)).holds,
      holds,
      JSON.stringify(figures),
    )
  }
  const host = fakeHost({ files: { '/proc/sys/net/ipv4/conf/all/route_localnet': unreadable } })
  const look = createLook(host, factsOf())
  await t.rejects(prove({ kind: 'localnet-routing', interface: 'docker0' }, look), { code: 'E_FILE' })
})
