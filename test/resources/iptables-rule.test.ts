import type { IptablesRule } from '../../src/model/resource.js'
import { backends, inLab, type Rig } from './rig.js'

const tag = 'taskfence-place'
const match = ['-d', '169.254.169.254/32', '-i', 'docker+']
const drop: IptablesRule = {
  kind: 'iptables-rule',
  family: 'ipv4',
  table: 'filter',
  chain: 'DOCKER-USER',
  position: 'head',
  match,
  target: ['-j', 'DROP'],
  tag,
}
const id = 'iptables filter/DOCKER-USER -d 169.254.169.254/32 -i docker+ -j DROP'

// The lines of a chain, short: "ours", "same" (equal, of somebody else), or as iptables prints them.
const words: Readonly<Record<string, string>> = {
  ours: `-d 169.254.169.254/32 -i docker+ -m comment --comment ${tag} -j DROP`,
  same: '-d 169.254.169.254/32 -i docker+ -j DROP',
  'same with a comment': '-d 169.254.169.254/32 -i docker+ -m comment --comment theirs -j DROP',
  return: '-j RETURN',
  accept: '-s 172.17.0.0/16 -j ACCEPT',
  established: '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  'dns return': '-p udp -m udp --dport 53 -j RETURN',
  'other address': '-d 198.51.100.7/32 -j ACCEPT',
  'tcp other port': '-d 169.254.169.254/32 -p tcp -m tcp --dport 81 -j DROP',
  count: '-d 169.254.169.254/32',
  log: '-j LOG',
  'to empty': '-j empty',
  edited: `-d 169.254.169.253/32 -i docker+ -m comment --comment ${tag} -j DROP`,
}

type Row = readonly [
  behaviour: string,
  before: readonly string[],
  state: string | null,
  after: readonly string[],
  /** After it was taken away again. */
  gone: readonly string[],
]

const rows: readonly Row[] = [
  ['into an empty chain', [], null, ['ours'], []],
  ['above what would let packets past it', ['return'], null, ['ours', 'return'], ['return']],
  ['ours in its place is left alone', ['ours', 'return'], 'present', ['ours', 'return'], ['return']],
  [
    'an equal rule of somebody else is adopted, and never taken away',
    ['same'],
    'present',
    ['same'],
    ['same'],
  ],
  [
    'a comment of theirs changes nothing',
    ['same with a comment', 'return'],
    'present',
    ['same with a comment', 'return'],
    ['same with a comment', 'return'],
  ],
  ['ours beside an equal one stays', ['same', 'ours'], 'present', ['same', 'ours'], ['same']],
  ['ours before an equal one stays', ['ours', 'same'], 'present', ['ours', 'same'], ['same']],
  [
    'copies of ours become one',
    ['ours', 'accept', 'ours'],
    'duplicated: 2 copies of ours',
    ['ours', 'accept'],
    ['accept'],
  ],
  [
    'three copies, and an equal one',
    ['ours', 'ours', 'same', 'ours'],
    'duplicated: 3 copies of ours',
    ['ours', 'same'],
    ['same'],
  ],
  [
    'ours behind a RETURN goes before it',
    ['return', 'ours'],
    'misplaced: behind -A DOCKER-USER -j RETURN',
    ['ours', 'return'],
    ['return'],
  ],
  [
    'ours behind an ACCEPT',
    ['accept', 'ours'],
    'misplaced: behind -A DOCKER-USER -s 172.17.0.0/16 -j ACCEPT',
    ['ours', 'accept'],
    ['accept'],
  ],
  [
    'an equal one behind a RETURN stays where it is, ours goes before',
    ['return', 'same'],
    'misplaced: behind -A DOCKER-USER -j RETURN',
    ['ours', 'return', 'same'],
    ['return', 'same'],
  ],
  [
    'behind established connections',
    ['established', 'ours'],
    'misplaced: behind -A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ['ours', 'established'],
    ['established'],
  ],
  [
    'behind rules for others it is in its place',
    ['other address', 'tcp other port', 'count', 'ours'],
    'present',
    ['other address', 'tcp other port', 'count', 'ours'],
    ['other address', 'tcp other port', 'count'],
  ],
  [
    'behind a log and a chain that only comes back',
    ['log', 'to empty', 'ours'],
    'present',
    ['log', 'to empty', 'ours'],
    ['log', 'to empty'],
  ],
  [
    'behind a RETURN of some of its packets',
    ['dns return', 'ours'],
    'misplaced: behind -A DOCKER-USER -p udp -m udp --dport 53 -j RETURN',
    ['ours', 'dns return'],
    ['dns return'],
  ],
  ['a rule of ours whose text somebody edited is not it', ['edited'], null, ['ours', 'edited'], ['edited']],
]

const lines = (chain: readonly string[]) => chain.map(word => `-A DOCKER-USER ${words[word] ?? word}`)
const load = (rig: Rig, chain: readonly string[]) =>
  rig.lab.must(['iptables-restore', '--noflush'], {
    input: ['*filter', ':DOCKER-USER - [0:0]', ...lines(chain), 'COMMIT', ''].join('\n'),
  })
const standing = async (rig: Rig) =>
  (await rig.lab.must(['iptables', '-S', 'DOCKER-USER']))
    .split('\n')
    .filter(line => line.startsWith('-A'))
    .map(line => line.replace('-j LOG --log-level 4', '-j LOG'))

for (const backend of backends)
  inLab(`a rule beside other people's, ${backend}`, { backend }, async (t, rig) => {
    for (const [behaviour, before, state, after, gone] of rows)
      await t.test(behaviour, async t => {
        await load(rig, before)
        t.equal(await rig.read(drop, 'present'), state, 'how it stands')
        rig.ran.length = 0
        await rig.write([drop, 'present'])
        t.same(await standing(rig), lines(after), 'after writing')
        t.equal(await rig.read(drop, 'present'), 'present')
        const written = rig.ran.filter(argv => !/ -S$|^nft |^ip6?tables-save$/.test(argv))
        t.same(
          written.map(argv => argv.split(' ')[0]),
          state === 'present' ? [] : ['iptables-restore'],
          'in one transaction, or none: there is no moment without it',
        )
        await rig.write([drop, null])
        t.same(await standing(rig), lines(gone), 'after taking it away')
        t.equal(await rig.read(drop, null), null)
      })

    await t.test('several writes of a table are one transaction', async t => {
      await load(rig, ['accept'])
      const second: IptablesRule = { ...drop, match: ['-d', '169.254.169.254/32', '-i', 'br-+'] }
      rig.ran.length = 0
      await rig.write([second, 'present'], [drop, 'present'])
      t.equal(rig.ran.filter(argv => argv.startsWith('iptables-restore')).length, 1)
      t.same(await standing(rig), [
        ...lines(['ours']),
        `-A DOCKER-USER -d 169.254.169.254/32 -i br-+ -m comment --comment ${tag} -j DROP`,
        ...lines(['accept']),
      ])
      t.equal(await rig.read(drop, 'present'), 'present')
      t.equal(await rig.read(second, 'present'), 'present')
    })

    await t.test('a chain that is missing', async t => {
      const nowhere = { ...drop, chain: 'NO-SUCH-CHAIN' }
      t.equal(await rig.read(nowhere, 'present'), null, 'has no rule')
      const before = await rig.listing()
      await t.rejects(rig.write([nowhere, 'present']), { code: 'E_COMMAND' }, 'takes none')
      t.equal(await rig.listing(), before)
    })

    await t.test('one line the kernel refuses, and none is written', async t => {
      await load(rig, ['accept'])
      const before = await rig.listing()
      const wrong = { ...drop, match: ['-d', '169.254.169.254/32', '-m', 'no-such-match'] }
      await t.rejects(rig.write([drop, 'present'], [wrong, 'present']), { code: 'E_COMMAND' })
      t.equal(await rig.listing(), before)
    })

    await t.test('its name', async t => {
      const { kindOf } = await import('../../src/resources/index.js')
      t.equal(kindOf(drop).id(drop), id)
    })
  })

inLab('writers at once leave one copy', {}, async (t, rig) => {
  await load(rig, ['accept'])
  await Promise.all(Array.from({ length: 12 }, () => rig.write([drop, 'present'])))
  // Without the program's write lock copies may come to stand; the next write leaves one.
  await rig.write([drop, 'present'])
  t.same(await standing(rig), lines(['ours', 'accept']))
})
