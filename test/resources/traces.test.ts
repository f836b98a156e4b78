import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Kind, Resource, State } from '../../src/model/resource.js'
import { kindOf } from '../../src/resources/index.js'
import { backends, inLab } from './rig.js'

/** Where the laws of each kind are; one without an entry does not compile. */
const laws: Readonly<Record<Kind, string>> = {
  ...{ sysctl: 'laws', 'agent-setting': 'laws', route: 'laws' },
  ...{ 'iptables-chain': 'laws', 'iptables-rule': 'laws', 'fence-chain': 'laws', 'fence-rule': 'laws' },
  ...{ file: 'durable', 'fence-file': 'durable', 'service-unit': 'durable' },
  ...{ 'rules-file-lines': 'durable', 'file-line': 'durable' },
  ...{ 'own-table': 'traces', 'own-rules': 'traces', 'own-lines': 'traces', 'iptables-table': 'traces' },
  ...{ 'made-path': 'traces', 'running-unit': 'traces' },
  'cgroup-class': 'cgroup-class',
  'windows-setting': '../windows/settings',
}

t.test('every kind has laws', async t => {
  for (const [kind, name] of Object.entries(laws)) {
    if (kind === 'windows-setting') continue
    t.match(readFileSync(`test/resources/${name}.test.ts`, 'utf8'), `kind: '${kind}'`, kind)
  }
})

/** How something of ours comes to stand, and what is listed of it and of its neighbours. */
interface Case {
  readonly resource: Resource
  readonly make: string
  readonly list: string
}

const cases: readonly Case[] = [
  {
    resource: { kind: 'own-table', table: 'taskfence' },
    make: `nft -f - <<'END'
add table inet taskfence
add counter inet taskfence law
add chain inet taskfence input { type filter hook input priority -310; policy accept; }
add rule inet taskfence input tcp dport 51678 counter name "law" drop comment "taskfence-law"
END`,
    list: 'nft -s list ruleset',
  },
  ...(['ipv4', 'ipv6'] as const).map((family): Case => {
    const tool = family === 'ipv4' ? 'iptables' : 'ip6tables'
    const ours = (rest: string) => `${tool} ${rest} -m comment --comment taskfence-law`
    return {
      resource: { kind: 'own-rules', family, table: 'filter' },
      make: [
        ours('-I INPUT 2 -p udp -j DROP'),
        ours('-A DOCKER-USER -p udp -j DROP'),
        ours('-I DOCKER-USER 1 -p tcp -j DROP'),
        `${tool} -N MINE && ${ours('-I FORWARD 1 -j MINE')}`,
        ours('-A MINE -j DROP'),
      ].join('\n'),
      list: `${tool} -S`,
    }
  }),
  {
    resource: { kind: 'own-lines', path: '/etc/theirs' },
    make: `{ read first; echo "$first"
      echo '-A DOCKER-USER -m comment --comment taskfence-law -j DROP'; cat
      echo 'include "x" # taskfence'; } < /etc/theirs > /etc/new && cat /etc/new > /etc/theirs`,
    list: 'cat /etc/theirs',
  },
]

for (const backend of backends)
  inLab(`laws of what is put back as it stood, ${backend}`, { backend }, async (t, rig) => {
    await rig.lab.write('/etc/theirs', '*filter\n# taskfence is not the last word\n-A X -j DROP\nCOMMIT\n')
    for (const { resource, make, list } of cases) {
      if (backend === 'legacy' && resource.kind === 'own-table') continue
      await t.test(kindOf(resource).id(resource), async t => {
        await rig.reset()
        const listing = () => rig.lab.must(['sh', '-ec', list])
        const before = await listing()
        t.equal(await rig.read(resource, null), null, 'nothing of ours stands yet')
        await rig.write([resource, null])
        t.equal(await listing(), before, 'taking away what does not stand changes nothing')

        await rig.lab.must(['sh', '-ec', make])
        const standing = await listing()
        const state = await rig.read(resource, null)
        t.not(state, null, 'what carries our name is seen')
        await rig.write([resource, state])
        t.equal(await rig.read(resource, state), state, 'what stands reads as itself')
        t.equal(await listing(), standing, 'and is not moved by being written')

        await rig.write([resource, null])
        t.equal(await rig.read(resource, null), null, 'what is taken away is gone')
        t.equal(withoutMine(await listing()), before, 'the rest is as it was, byte for byte')
        await rig.write([resource, null])
        t.equal(withoutMine(await listing()), before, 'taken away twice')

        for (const times of ['once', 'twice']) {
          await rig.write([resource, state])
          t.equal(await rig.read(resource, state), state, `put back ${times}`)
          t.equal(inOrder(await listing()), inOrder(standing), `put back ${times}: byte for byte`)
        }
        await rig.write([resource, null])
      })
    }
  })

/** A chain of somebody else's that only our rules led to stays, as chains are a kind of their own. */
const withoutMine = (listing: string): string => listing.replace('-N MINE\n', '')
/** Chains are listed in the order in which they were made. */
const inOrder = (listing: string): string => listing.split('\n').sort().join('\n')

inLab('laws of a table that iptables made', {}, async (t, rig) => {
  const table = (name: 'raw' | 'filter'): Resource => ({
    kind: 'iptables-table',
    family: 'ipv4',
    table: name,
  })
  const chains = () => rig.lab.must(['nft', 'list', 'chains', 'ip'])
  const made = ['sh', '-ec', 'iptables -t raw -A OUTPUT -j RETURN; iptables -t raw -D OUTPUT -j RETURN']
  const before = await chains()
  t.equal(await rig.read(table('raw'), null), null, 'there is none')
  await rig.write([table('raw'), null])
  t.equal(await chains(), before)

  await rig.lab.must(made)
  t.type(await rig.read(table('raw'), null), 'string', 'left behind empty')
  await rig.write([table('raw'), null])
  t.equal(await rig.read(table('raw'), null), null, 'it goes')
  await rig.write([table('raw'), null])
  t.equal(await chains(), before, 'and leaves no trace')

  await rig.lab.must(['iptables', '-t', 'raw', '-A', 'OUTPUT', '-p', 'udp', '-j', 'RETURN'])
  const used = await chains()
  await rig.write([table('raw'), null])
  t.equal(await chains(), used, 'with a rule of others in it it stays')
  const state: State = await rig.read(table('filter'), null)
  await rig.write([table('filter'), state])
  t.equal(await chains(), used, 'as does one with chains that stood before')
})

inLab('laws of a path that was made', {}, async (t, rig) => {
  const path = (name: string): Resource => ({ kind: 'made-path', path: `/etc/made/${name}` })
  const listing = () => rig.lab.must(['find', '/etc/made'])
  await rig.lab.must(['sh', '-ec', 'mkdir -p /etc/made/used /etc/made/empty; echo x > /etc/made/used/file'])
  await rig.lab.must(['sh', '-ec', ': > /etc/made/nothing; ln -s used /etc/made/link'])
  for (const [name, state] of [
    ['empty', 'empty'],
    ['nothing', 'empty'],
    ['used', null],
    ['used/file', null],
    ['link', null],
    ['none', null],
  ] as const) {
    const before = await listing()
    t.equal(await rig.read(path(name), null), state, name)
    for (const times of ['once', 'twice']) {
      await rig.write([path(name), null])
      t.equal(await rig.read(path(name), null), null, `${name}: taken away ${times}`)
      const after = state === null ? before : before.replace(`/etc/made/${name}\n`, '')
      t.equal(await listing(), after, `${name}: the others stay`)
    }
  }
})

inLab('laws of a daemon that nobody but its lock tells of', {}, async (t, rig) => {
  const lock = '/run/law'
  const unit: Resource = { kind: 'running-unit', name: 'law.service', lock }
  t.equal(await rig.read(unit, null), null, 'none runs')
  await rig.write([unit, null])
  t.equal((await rig.lab.exec(['ls', lock])).exitCode, 2, 'asking makes no lock')

  // Its own process holds the lock, as the daemon does by a child that ends with it.
  const begin = `exec 9> ${lock}; flock 9; printf '{"pid":%s}' $$ > ${lock}.holder; exec sleep 60`
  const holder = rig.lab.exec(['sh', '-ec', begin]).catch(() => null)
  let state: State = null
  while ((state = await rig.read(unit, null).catch(() => null)) === null)
    await rig.lab.must(['sleep', '0.05'])
  t.match(state, /^pid \d+$/)
  await rig.write([unit, null])
  t.equal(await rig.read(unit, null), null, 'it was told to end, and did')
  await rig.write([unit, null])
  await holder
})
