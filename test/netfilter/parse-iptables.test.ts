import fc from 'fast-check'
import t from 'tap'
import { ParseError } from '../../src/model/errors.js'
import { iptablesBaseChains, parseIptables, sameRule, splitArgs } from '../../src/netfilter/parse-iptables.js'
import { table } from './rules.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const rule = (words: string) => table('filter', `-A FORWARD ${words}`).chains.get('FORWARD')?.lines[0]?.rule
const unknown = (text: string) => ({ on: 'unknown', negated: false, text })

const conditions: readonly [string, readonly unknown[]][] = [
  ['', []],
  ['-d 10.0.0.0/16', [{ on: 'destination', negated: false, networks: ['10.0.0.0/16'] }]],
  ['! -s 10.0.0.0/255.255.0.0', [{ on: 'source', negated: true, networks: ['10.0.0.0/255.255.0.0'] }]],
  ['-s 10.0.0.0/255.0.0.255', [unknown('-s 10.0.0.0/255.0.0.255')]],
  ['-s fd00::/8', [unknown('-s fd00::/8')]],
  ['-i docker+', [{ on: 'in', negated: false, names: ['docker*'] }]],
  [
    '! -i lo -o eth0',
    [
      { on: 'in', negated: true, names: ['lo'] },
      { on: 'out', negated: false, names: ['eth0'] },
    ],
  ],
  ['-p 6', [{ on: 'protocol', negated: false, protocols: ['tcp'] }]],
  ['! -p gre', [{ on: 'protocol', negated: true, protocols: ['other'] }]],
  [
    '-p tcp -m tcp ! --dport 80:90',
    [
      { on: 'protocol', negated: false, protocols: ['tcp'] },
      { on: 'destination-port', negated: true, ports: [{ from: 80, to: 90 }] },
    ],
  ],
  ['-m tcp --sport 0:1023', [{ on: 'source-port', negated: false, ports: [{ from: 0, to: 1023 }] }]],
  ['-m tcp --sport :1023', [{ on: 'source-port', negated: false, ports: [{ from: 0, to: 1023 }] }]],
  ['-m tcp --dport http', [unknown('--dport http')]],
  ['-m tcp --dport 65536', [unknown('--dport 65536')]],
  ['-m tcp --tcp-flags FIN,SYN,RST,ACK SYN', [{ on: 'syn', negated: false }]],
  ['-m tcp ! --syn', [{ on: 'syn', negated: true }]],
  [
    '-m tcp --tcp-flags ALL NONE',
    [{ on: 'tcp-flags', negated: false, mask: ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'], value: [] }],
  ],
  ['-m tcp --tcp-option 5', [unknown('--tcp-option 5')]],
  [
    '-m multiport --dports 80,443,1000:2000',
    [
      {
        on: 'destination-port',
        negated: false,
        ports: [
          { from: 80, to: 80 },
          { from: 443, to: 443 },
          { from: 1000, to: 2000 },
        ],
      },
    ],
  ],
  ['-m multiport --ports 53', [{ on: 'any-port', negated: false, ports: [{ from: 53, to: 53 }] }]],
  [
    '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT',
    [{ on: 'state', negated: true, states: ['RELATED', 'ESTABLISHED', 'DNAT'] }],
  ],
  ['-m state --state NEW', [{ on: 'state', negated: false, states: ['NEW'] }]],
  ['-m conntrack --ctdir REPLY', [{ on: 'direction', negated: false, direction: 'reply' }]],
  ['-m conntrack --ctstate NEW --ctdir REPLY', [unknown('--ctstate NEW --ctdir REPLY')]],
  ['-m conntrack --ctorigdst 1.2.3.4', [unknown('--ctorigdst 1.2.3.4')]],
  [
    '-m addrtype --src-type UNICAST ! --dst-type LOCAL,BROADCAST',
    [
      { on: 'address-type', negated: false, of: 'source', types: ['UNICAST'] },
      { on: 'address-type', negated: true, of: 'destination', types: ['LOCAL', 'BROADCAST'] },
    ],
  ],
  ['-m addrtype --dst-type LOCAL --limit-iface-in', [unknown('--dst-type LOCAL --limit-iface-in')]],
  ['-m comment --comment "-j DROP"', []],
  ['-m comment --comment -j -m mark --mark 0x1/0xff', [{ on: 'mark', negated: false, value: 1, mask: 255 }]],
  ['-m mark ! --mark 0x1', [{ on: 'mark', negated: true, value: 1, mask: 0xffffffff }]],
  ['-m connmark --mark 0x1', [unknown('-m connmark --mark 0x1')]],
  ['-m limit --limit 5/min', [unknown('-m limit --limit 5/min')]],
  ['-m socket', [unknown('-m socket')]],
  ['-f', [unknown('-f')]],
  ['-m rpfilter --invert', [unknown('-m rpfilter --invert')]],
  ['-m recent --set --name x', [unknown('-m recent --set --name x')]],
  ['-c 0 0 -i lo', [{ on: 'in', negated: false, names: ['lo'] }]],
]

for (const [words, expected] of conditions) {
  t.test(`test of a rule: ${words || 'none'}`, async t => {
    t.strictSame(rule(`${words} -j ACCEPT`)?.conditions, expected)
    t.strictSame(rule(`${words} -j ACCEPT`)?.action, { kind: 'accept' })
  })
}

const actions: readonly [string, unknown][] = [
  ['', { kind: 'continue' }],
  ['-j DROP', { kind: 'drop' }],
  ['-j REJECT --reject-with icmp-port-unreachable', { kind: 'reject' }],
  ['-j RETURN', { kind: 'return' }],
  ['-j DOCKER-USER', { kind: 'jump', chain: 'DOCKER-USER' }],
  ['-g X', { kind: 'goto', chain: 'X' }],
  ['-j LOG --log-prefix "[UFW BLOCK] "', { kind: 'continue' }],
  ['-j DNAT --to-destination 127.0.0.1:51679', { kind: 'dnat', address: '127.0.0.1', port: 51679 }],
  ['-j DNAT --to-destination :81', { kind: 'dnat', address: 'same', port: 81 }],
  ['-j DNAT --to-destination 1.1.1.1', { kind: 'dnat', address: '1.1.1.1', port: null }],
  [
    '-j DNAT --to-destination 1.1.1.1-1.1.1.4',
    { kind: 'unknown', text: '-j DNAT --to-destination 1.1.1.1-1.1.1.4' },
  ],
  [
    '-j DNAT --to-destination 1.1.1.1:80 --random',
    { kind: 'unknown', text: '-j DNAT --to-destination 1.1.1.1:80 --random' },
  ],
  ['-j REDIRECT', { kind: 'dnat', address: null, port: null }],
  ['-j REDIRECT --to-ports 51679', { kind: 'dnat', address: null, port: 51679 }],
  ['-j REDIRECT --to-ports 80-90', { kind: 'unknown', text: '-j REDIRECT --to-ports 80-90' }],
  ['-j MASQUERADE', { kind: 'snat' }],
  ['-j MARK --set-xmark 0x10/0xffffffff', { kind: 'mark', value: 16 }],
  ['-j MARK --set-xmark 0x10/0xff', { kind: 'mark', value: 16, mask: 255 }],
  ['-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff', { kind: 'mark', value: null }],
  ['-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff', { kind: 'continue' }],
  ['-j CT --notrack', { kind: 'notrack' }],
  ['-j CT --zone 1', { kind: 'unknown', text: '-j CT --zone 1' }],
  ['-j NFQUEUE --queue-num 0', { kind: 'unknown', text: '-j NFQUEUE --queue-num 0' }],
  ['-j --algo', { kind: 'unknown', text: '-j --algo' }],
  ['-j', { kind: 'unknown', text: '-j' }],
  ['! -j ACCEPT', { kind: 'unknown', text: '-j' }],
  ['-m -j ACCEPT', { kind: 'unknown', text: '-j' }],
  ['-m string --string -j --algo bm -j DROP', { kind: 'unknown', text: '-j --algo bm -j DROP' }],
  ['-j constructor', { kind: 'jump', chain: 'constructor' }],
]

for (const [words, expected] of actions)
  t.test(`what a rule does: ${words || 'only counts'}`, async t =>
    t.strictSame(rule(words)?.action, expected),
  )

t.test('IPv6 addresses and DNAT', async t => {
  const lines = '-A PREROUTING -d fd00:ec2::254/128 -j DNAT --to-destination [fd00::1]:80'
  const found = table('nat', lines, 'ipv6').chains.get('PREROUTING')?.lines[0]?.rule
  t.strictSame(found?.conditions, [{ on: 'destination', negated: false, networks: ['fd00:ec2::254/128'] }])
  t.strictSame(found?.action, { kind: 'dnat', address: 'fd00::1', port: 80 })
})

const comments: readonly [string, string, readonly string[]][] = [
  ['at the end', '-i lo -m comment --comment one -j DROP', ['-i', 'lo', '-j', 'DROP']],
  [
    'between matches',
    '-p tcp -m comment --comment "two words" -m tcp --dport 1',
    ['-p', 'tcp', '-m', 'tcp', '--dport', '1'],
  ],
  ['with quotes in it', '-m comment --comment "a\\"b \\\\ \\\'c\\\'" -j DROP', ['-j', 'DROP']],
  ['that is empty', '-m comment --comment "" -j DROP', ['-j', 'DROP']],
]
const texts = ['one', 'two words', "a\"b \\ 'c'", '']

comments.forEach(([name, words, tokens], i) => {
  t.test(`a comment ${name} is no token`, async t => {
    const line = table('filter', `-A INPUT ${words}`).chains.get('INPUT')?.lines[0]
    t.strictSame(line?.tokens, tokens)
    t.equal(line?.comment, texts[i])
  })
})

t.test('a comment over two lines makes no rule', async t => {
  const lines = table('filter', '-A INPUT -m comment --comment "x\n-A INPUT -j ACCEPT" -j DROP').chains.get(
    'INPUT',
  )
  t.equal(lines?.lines.length, 1)
})

t.test('what iptables says about itself', async t => {
  const warned = parseIptables('# Warning: iptables-legacy tables present\n-P INPUT DROP\n', 'ipv4', 'filter')
  t.equal(warned.chains.get('INPUT')?.policy, 'DROP')
  t.throws(
    () => parseIptables("# Table `filter' is incompatible, use 'nft' tool.\n", 'ipv4', 'filter'),
    ParseError,
  )
  const hiding = parseIptables(
    "# Table `filter' contains incompatible base-chains, use 'nft' tool to list them.\n-P INPUT ACCEPT\n",
    'ipv4',
    'filter',
  )
  t.equal(hiding.hidesChains, true)
  t.match(
    iptablesBaseChains(hiding, false).map(chain => chain.rules[0]?.action.kind),
    [undefined, 'drop', 'drop', 'drop'],
  )
})

for (const text of ['nonsense', '-A INPUT -j DROP', '-P INPUT REJECT', '-N', '-A INPUT "open'])
  t.test(`no answer of iptables -S: ${text}`, async t => {
    t.throws(() => parseIptables(text, 'ipv4', 'filter'), ParseError)
  })

t.test('any text is read or is a ParseError', async () => {
  const word = fc.constantFrom(
    '-A',
    '-P',
    '-N',
    'INPUT',
    '-j',
    '-g',
    '-m',
    '!',
    '"',
    '\\',
    '--dport',
    '-s',
    'tcp',
    '#',
    'DROP',
    '\n',
    '--',
    '-',
    '-p',
    '--comment',
    'comment',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }).map(words => words.join(' ')),
  )
  fc.assert(
    fc.property(text, input => {
      for (const full of [input, `-P INPUT ACCEPT\n-A INPUT ${input}`]) {
        try {
          parseIptables(full, 'ipv4', 'filter')
        } catch (error) {
          if (!(error instanceof ParseError)) throw error
        }
      }
    }),
    { numRuns: 2000 },
  )
})

t.test('any rule without a quote is read', async () => {
  const words = fc.array(
    fc.string().map(word => word.replace(/["\s]/g, '')),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(
      words,
      input => table('filter', `-A INPUT ${input.join(' ')}`).chains.get('INPUT')?.lines.length === 1,
    ),
  )
})

const same: readonly [string, string, boolean][] = [
  ['-d 169.254.169.254 -j DROP', '-d 169.254.169.254/32 -j DROP', true],
  ['-d 10.1.2.3/8 -j DROP', '-d 10.0.0.0/255.0.0.0 -j DROP', true],
  ['-d fd00:ec2::254 -j DROP', '-d fd00:ec2:0::254/128 -j DROP', true],
  ['-p tcp --dport 80 -j DROP', '-p tcp -m tcp --dport 80 -j DROP', true],
  ['-p 6 -j DROP', '-p tcp -j DROP', true],
  ['-p tcp --syn -j DROP', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP', true],
  ['-i lo -d 1.1.1.1 -j DROP', '-d 1.1.1.1/32 -i lo -j DROP', true],
  [
    '-m conntrack ! --ctstate ESTABLISHED,RELATED -j DROP',
    '-m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP',
    true,
  ],
  ['-m comment --comment x -i lo -j DROP', '-i lo -m comment --comment "y z" -j DROP', true],
  [
    '-p tcp -m conntrack --ctstate NEW -m tcp --dport 1 -j DROP',
    '-p tcp -m tcp --dport 1 -m conntrack --ctstate NEW -j DROP',
    true,
  ],
  ['-j REDIRECT --to-port 1', '-j REDIRECT --to-ports 1', true],
  ['-d 1.1.1.1 -j DROP', '! -d 1.1.1.1/32 -j DROP', false],
  ['-d 1.1.1.1 -j DROP', '-s 1.1.1.1/32 -j DROP', false],
  ['-d 1.1.1.1 -j DROP', '-d 1.1.1.1/32 -j ACCEPT', false],
  ['-d 1.1.1.1 -j DROP', '-d 1.1.1.1/32 -i lo -j DROP', false],
  ['-d 1.1.1.1 -j DROP', '-d 1.1.1.1/32 -m limit --limit 1/sec -j DROP', false],
  ['-p udp --dport 80 -j DROP', '-p tcp -m tcp --dport 80 -j DROP', false],
  ['-p tcp --dport http -j DROP', '-p tcp -m tcp --dport 80 -j DROP', false],
  [
    '-m limit --limit 1/sec -m mark --mark 0x1 -j DROP',
    '-m mark --mark 0x1 -m limit --limit 1/sec -j DROP',
    false,
  ],
  ['-j X', '-g X', false],
  ['-j DROP', '', false],
  ['!', '!', false],
]

for (const [a, b, expected] of same)
  t.test(`${a} ${expected ? 'is' : 'is not'} ${b || 'nothing'}`, async t => {
    t.equal(sameRule(splitArgs(a), splitArgs(b)), expected)
    t.equal(sameRule(splitArgs(b), splitArgs(a)), expected)
  })
