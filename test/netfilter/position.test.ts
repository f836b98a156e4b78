import t from 'tap'
import { blockerOf } from '../../src/netfilter/position.js'
import { table } from './rules.js'

const chains =
  '-N DOCKER-USER\n-N DOCKER-ISOLATION-STAGE-1\n-N DOCKER-ISOLATION-STAGE-2\n-N PASS\n-N LOOP\n-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2\n-A DOCKER-ISOLATION-STAGE-1 -j RETURN\n-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP\n-A DOCKER-ISOLATION-STAGE-2 -j RETURN\n-A PASS -s 10.0.0.0/8 -j ACCEPT\n-A LOOP -j LOOP'
const drop = '-i docker+ -d 169.254.169.254/32 -j DROP'

/** The rule that stands last in the chain, what stands before it, and whether that blocks it. */
const cases: readonly [string, string, string, string, boolean, 'accept'?][] = [
  ['nothing', 'DOCKER-USER', '', drop, false],
  ['an accept of everything', 'DOCKER-USER', '-j ACCEPT', drop, true],
  ['a return of everything', 'DOCKER-USER', '-j RETURN', drop, true],
  ['a drop of everything', 'DOCKER-USER', '-j DROP', drop, false],
  ['a log', 'DOCKER-USER', '-j LOG', drop, false],
  ['an accept from another interface', 'DOCKER-USER', '-i eth0 -j ACCEPT', drop, false],
  ['an accept from all but another interface', 'DOCKER-USER', '! -i eth0 -j ACCEPT', drop, true],
  ['an accept from all but docker bridges', 'DOCKER-USER', '! -i docker+ -j ACCEPT', drop, false],
  ['an accept to another network', 'DOCKER-USER', '-d 10.0.0.0/8 -j ACCEPT', drop, false],
  ['an accept to all but its network', 'DOCKER-USER', '! -d 169.254.0.0/16 -j ACCEPT', drop, false],
  ['an accept to a network around it', 'DOCKER-USER', '-d 169.254.0.0/16 -j ACCEPT', drop, true],
  ['an accept of one protocol', 'DOCKER-USER', '-p udp -j ACCEPT', drop, true],
  ['an accept of another protocol', 'DOCKER-USER', '-p udp -j ACCEPT', '-p tcp -j DROP', false],
  [
    'an accept of another port',
    'DOCKER-USER',
    '-p tcp -m tcp --dport 22 -j ACCEPT',
    '-p tcp -m tcp --dport 80 -j DROP',
    false,
  ],
  [
    'an accept of a range around it',
    'DOCKER-USER',
    '-p tcp -m tcp --dport 22:100 -j ACCEPT',
    '-p tcp -m tcp --dport 80 -j DROP',
    true,
  ],
  [
    'an accept of what is established',
    'DOCKER-USER',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    drop,
    true,
  ],
  [
    'an accept of what is established, before a rule for NEW',
    'DOCKER-USER',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-m conntrack --ctstate NEW -j DROP',
    false,
  ],
  [
    'an accept of DNAT, before a rule for NEW',
    'DOCKER-USER',
    '-m conntrack --ctstate DNAT -j ACCEPT',
    '-m conntrack --ctstate NEW -j DROP',
    true,
  ],
  ['an accept that is not always', 'DOCKER-USER', '-m limit --limit 1/s -j ACCEPT', drop, true],
  ['an unknown target', 'DOCKER-USER', '-j NFQUEUE --queue-num 0', drop, true],
  [
    'a jump to a chain that drops or returns',
    'FORWARD',
    '-j DOCKER-ISOLATION-STAGE-1',
    '-j DOCKER-USER',
    false,
  ],
  ['a jump to a chain that accepts', 'FORWARD', '-j PASS', '-j DOCKER-USER', true],
  ['a jump to a chain that accepts others', 'FORWARD', '-j PASS', '-s 172.17.0.0/16 -j DROP', false],
  ['a jump to a chain that is not there', 'FORWARD', '-j GONE', '-j DOCKER-USER', true],
  [
    'a goto to a chain that drops or returns',
    'FORWARD',
    '-g DOCKER-ISOLATION-STAGE-1',
    '-j DOCKER-USER',
    true,
  ],
  ['a mark on everything', 'DOCKER-USER', '-j MARK --set-xmark 0x1/0xffffffff', drop, false],
  [
    'a mark on everything, before a rule for what has none',
    'DOCKER-USER',
    '-j MARK --set-xmark 0x1/0xffffffff',
    '-m mark --mark 0x0 -j DROP',
    true,
  ],
  [
    'a drop of what has another mark',
    'DOCKER-USER',
    '-m mark --mark 0x2 -j ACCEPT',
    '-m mark --mark 0x1 -j DROP',
    false,
  ],
  ['no connection for anything', 'DOCKER-USER', '-j CT --notrack', drop, false],
  [
    'no connection for anything, before a rule for new ones',
    'DOCKER-USER',
    '-j CT --notrack',
    '-m conntrack --ctstate NEW -j DROP',
    true,
  ],
  ['a drop of everything', 'INPUT', '-j DROP', '-i docker0 -j ACCEPT', true, 'accept'],
  ['an accept of everything', 'INPUT', '-j ACCEPT', '-i docker0 -j ACCEPT', false, 'accept'],
  ['a drop from another interface', 'INPUT', '! -i docker0 -j DROP', '-i docker0 -j ACCEPT', false, 'accept'],
  [
    'a jump to a chain that drops',
    'INPUT',
    '-j DOCKER-ISOLATION-STAGE-2',
    '-i docker0 -j ACCEPT',
    true,
    'accept',
  ],
  ['a return in a chain whose policy accepts', 'INPUT', '-j RETURN', '-i docker0 -j ACCEPT', false, 'accept'],
  ['a jump in circles', 'FORWARD', '-j LOOP', '-j DOCKER-USER', false],
  ['a return in a chain whose policy accepts', 'FORWARD', '-j RETURN', '-j DOCKER-USER', true],
]

for (const [name, chain, before, rule, blocks, end = 'drop'] of cases) {
  t.test(`${name} before ${rule} (${end}) in ${chain} ${blocks ? 'blocks' : 'is harmless'}`, async t => {
    const lines = [chains, before && `-A ${chain} ${before}`, `-A ${chain} ${rule}`]
      .filter(Boolean)
      .join('\n')
    const index = before ? 1 : 0
    t.equal(
      blockerOf(table('filter', lines), chain, { index, end })?.text ?? null,
      blocks ? `-A ${chain} ${before}` : null,
    )
  })
}

t.test('a return in a chain whose policy drops is harmless', async t => {
  t.equal(
    blockerOf(table('filter', '-P FORWARD DROP\n-A FORWARD -j RETURN\n-A FORWARD -j DROP'), 'FORWARD', {
      index: 1,
      end: 'drop',
    }),
    null,
  )
})

t.test('no such rule has no blocker', async t => {
  t.equal(blockerOf(table('filter', '-A FORWARD -j ACCEPT'), 'FORWARD', { index: 7, end: 'drop' }), null)
  t.equal(blockerOf(table('filter', ''), 'GONE', { index: 0, end: 'drop' }), null)
})
