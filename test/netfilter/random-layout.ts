/** A ruleset made by dice: what the tools load, for both languages. */
export interface Layout {
  readonly backend: 'nft' | 'legacy' | null
  /** For iptables-restore and ip6tables-restore. */
  readonly restore: Readonly<Record<'ipv4' | 'ipv6', string>>
  /** For `nft -f`; null: no native table. */
  readonly nft: string | null
}

export interface Dice {
  (): number
}

/** The same seed gives the same throws (mulberry32). */
export function dice(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const pick = <T>(roll: Dice, from: readonly T[]): T => {
  const chosen = from[Math.floor(roll() * from.length)]
  if (chosen === undefined) throw new Error('nothing to pick from')
  return chosen
}
const chance = (roll: Dice, part: number): boolean => roll() < part
const times = <T>(roll: Dice, most: number, make: () => T): readonly T[] =>
  Array.from({ length: Math.floor(roll() * (most + 1)) }, make)

export function randomLayout(roll: Dice): Layout {
  const kind = roll()
  const backend = kind < 0.2 ? null : chance(roll, 0.5) ? 'nft' : 'legacy'
  const restore = { ipv4: iptables(roll, 'ipv4'), ipv6: iptables(roll, 'ipv6') }
  return { backend, restore, nft: kind < 0.2 || chance(roll, 0.5) ? native(roll) : null }
}

type Family = 'ipv4' | 'ipv6'

const networks: Readonly<Record<Family, readonly string[]>> = {
  ipv4: [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.0.0/16',
    '127.0.0.0/8',
    '172.17.0.0/16',
    '172.18.0.2',
    '10.0.0.0/8',
    '10.0.0.10',
    '0.0.0.0/1',
  ],
  ipv6: ['fd00:ec2::254', 'fd00:ec2::/32', 'fd17::/64', 'fd18::2', 'fd10::10', 'fd00::/8', '::/1'],
}
const builtIn = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
} as const
type Table = keyof typeof builtIn

function iptables(roll: Dice, family: Family): string {
  const text = (Object.keys(builtIn) as Table[])
    .filter(table => chance(roll, table === 'filter' ? 0.9 : 0.4))
    .map(table => {
      const own = times(roll, 4, () => '').map((_, i) => `UC${i}`)
      const chains = [...builtIn[table], ...own]
      const lines = chains.flatMap((chain, i) =>
        times(roll, 5, () => {
          const tests = conditions(roll, family, table, chain)
          return `-A ${chain} ${withTarget(tests, target(roll, family, table, chain, own, i - builtIn[table].length))}`
        }),
      )
      const policies = builtIn[table].map(
        chain => `:${chain} ${table === 'filter' && chance(roll, 0.2) ? 'DROP' : 'ACCEPT'} [0:0]`,
      )
      return [
        `*${table}`,
        ...policies,
        ...own.map(chain => `:${chain} - [0:0]`),
        ...lines,
        'COMMIT',
        '',
      ].join('\n')
    })
  return text.join('')
}

/** Ports may be named only with a protocol, and the protocol only once. */
function withTarget(tests: string, target: string): string {
  if (!target.startsWith('-p tcp ') || !/-p /.test(tests)) return `${tests} ${target}`
  return tests.includes('! -p') || !tests.includes('-p tcp')
    ? tests
    : `${tests} ${target.slice('-p tcp '.length)}`
}

function conditions(roll: Dice, family: Family, table: Table, chain: string): string {
  const not = () => (chance(roll, 0.25) ? '! ' : '')
  const mayIn = !['OUTPUT', 'POSTROUTING'].includes(chain)
  const mayOut = !['PREROUTING', 'INPUT'].includes(chain)
  const names = ['docker0', 'docker+', 'br-+', 'ens5', 'lo', 'ens+']
  const options = [
    ...(chance(roll, 0.3) ? [`${not()}-s ${pick(roll, networks[family])}`] : []),
    ...(chance(roll, 0.4) ? [`${not()}-d ${pick(roll, networks[family])}`] : []),
    ...(mayIn && chance(roll, 0.35) ? [`${not()}-i ${pick(roll, names)}`] : []),
    ...(mayOut && chance(roll, 0.15) ? [`${not()}-o ${pick(roll, names)}`] : []),
  ]
  const matches = [
    () =>
      `-m conntrack ${not()}--ctstate ${pick(roll, ['NEW', 'RELATED,ESTABLISHED', 'DNAT', 'RELATED,ESTABLISHED,DNAT', 'INVALID', 'UNTRACKED', 'NEW,DNAT', 'SNAT'])}`,
    () => `-m state --state ${pick(roll, ['NEW', 'ESTABLISHED', 'INVALID'])}`,
    () => `-m conntrack --ctdir ${pick(roll, ['ORIGINAL', 'REPLY'])}`,
    () =>
      `-m addrtype ${not()}--dst-type ${family === 'ipv4' ? pick(roll, ['LOCAL', 'UNICAST', 'LOCAL,BROADCAST', 'MULTICAST']) : 'LOCAL'}`,
    () => `-m mark ${not()}--mark ${pick(roll, ['0x1', '0x0', '0x1/0x1', '0x2/0x3'])}`,
    () => `-m comment --comment "${pick(roll, ['-j DROP', 'it is', "o'clock", 'x'])}"`,
  ]
  const state = chance(roll, 0.3) ? [pick(roll, matches)()] : []
  const ports = chance(roll, 0.3)
    ? [
        pick(roll, [
          () => `-p tcp -m tcp ${not()}--dport ${pick(roll, ['80', '51679', '22:100', '81'])}`,
          () => `-p tcp -m multiport ${not()}--dports ${pick(roll, ['80,443', '22,51679', '1000:2000,80'])}`,
          () =>
            `-p tcp -m multiport ${not()}--ports ${pick(roll, ['80,443', '81', '1024:65535', '22,40000'])}`,
          () => `-p tcp -m tcp ${not()}--tcp-flags FIN,SYN,RST,ACK SYN`,
          () => `-p tcp -m tcp --tcp-flags ${pick(roll, ['ALL NONE', 'FIN,SYN FIN,SYN', 'ALL SYN'])}`,
          () => `-p tcp -m tcp --sport ${pick(roll, ['0:1023', '1024:65535', '22'])}`,
          () => pick(roll, ['-p udp', '! -p tcp', '-p tcp', '! -p udp', '-p gre']),
        ])(),
      ]
    : []
  const unreadable =
    table === 'filter' && chance(roll, 0.015) ? ['-m statistic --mode random --probability 0.5'] : []
  return [...options, ...ports, ...state, ...unreadable].join(' ')
}

function target(
  roll: Dice,
  family: Family,
  table: Table,
  chain: string,
  own: readonly string[],
  index: number,
): string {
  const jumps = own.slice(Math.max(0, index + 1))
  if (jumps.length > 0 && chance(roll, 0.3)) return `-${chance(roll, 0.8) ? 'j' : 'g'} ${pick(roll, jumps)}`
  if (chance(roll, 0.08)) return ''
  if (table === 'nat') {
    if (chain === 'POSTROUTING') return pick(roll, ['-j MASQUERADE', '-j ACCEPT', '-j RETURN'])
    if (chance(roll, 0.4)) return pick(roll, ['-j ACCEPT', '-j RETURN'])
    if (chain.startsWith('UC')) return '-j RETURN'
    const to =
      family === 'ipv4'
        ? pick(roll, ['127.0.0.1:51679', '172.17.0.2:80', '10.0.0.10', '172.18.0.2:22', '10.9.9.9:80'])
        : pick(roll, ['[fd17::2]:80', '[fd10::10]:51679', 'fd18::2'])
    return `-p tcp ${pick(roll, [`-j DNAT --to-destination ${to}`, '-j REDIRECT --to-ports 51679', '-j REDIRECT'])}`
  }
  if (table === 'mangle' && chance(roll, 0.5))
    return `-j MARK --set-xmark ${pick(roll, ['0x1/0xffffffff', '0x2/0x2', '0x0/0x1', '0x3/0xff'])}`
  if (table === 'raw' && chance(roll, 0.4)) return '-j CT --notrack'
  if (table === 'filter' && chance(roll, 0.1)) return '-j REJECT'
  return `-j ${pick(roll, ['DROP', 'ACCEPT', 'ACCEPT', 'RETURN', 'RETURN'])}`
}

const nftConditions: readonly string[] = [
  'ip daddr 169.254.169.254',
  'ip daddr 169.254.170.2',
  'ip daddr != 169.254.0.0/16',
  'ip daddr { 127.0.0.0/8, 10.0.0.10 }',
  'ip daddr @nets',
  'ip saddr != @nets',
  'ip saddr 172.16.0.0-172.17.255.255',
  'ip saddr { 172.17.0.2, 10.0.0.1 }',
  'ip6 daddr fd00:ec2::254',
  'ip6 saddr fd17::/64',
  'iifname "docker0"',
  'iifname != "lo"',
  'iifname "br-*"',
  'iifname { "docker0", "lo" }',
  'iifname @bridges',
  'meta iifkind "bridge"',
  'meta iifkind != "bridge"',
  'meta nfproto ipv6',
  'meta protocol ip',
  'meta mark { 0, 2 }',
  'meta l4proto { tcp, udp }',
  'ip protocol udp',
  'tcp dport 80',
  'tcp dport != { 80, 443 }',
  'tcp dport >= 1024',
  'th dport 22-80',
  'tcp sport < 1024',
  'tcp flags & (syn | ack) == syn',
  'tcp flags != syn / fin,syn,rst,ack',
  'tcp flags ack',
  'ct state new',
  'ct state established,related',
  'ct state { established, invalid }',
  'ct state != new',
  'ct state untracked',
  'ct status dnat',
  'ct status & dnat == 0',
  'ct direction original',
  'ct direction reply',
  'meta mark 1',
  'meta mark & 1 == 0',
  'fib daddr type local',
  'fib daddr type != local',
  'iifname . ip daddr { "docker0" . 169.254.169.254, "ens5" . 10.0.0.10 }',
  'ip daddr . tcp dport { 169.254.170.2 . 80, 169.254.169.254 . 22 }',
]
const outOnly = ['oifname "ens5"', 'oifname != "docker0"', 'oifname "lo"']

function native(roll: Dice): string {
  const own = times(roll, 3, () => '').map((_, i) => `uc${i}`)
  const chains = times(roll, 4, () => baseChain(roll, own))
  const user = own
    .map((name, i) => `  chain ${name} {\n${rules(roll, 'any', own.slice(i + 1))}  }\n`)
    .toReversed()
  const bodies = chains.map((body, i) => `  chain b${i} {\n${body}  }\n`)
  return `table inet dice {
  set nets { type ipv4_addr; flags interval; elements = { 172.17.0.0/16, 127.0.0.1, 169.254.170.2 }
  }
  set bridges { type ifname; elements = { "docker0", "br-0a1b" }
  }
${user.join('')}${bodies.join('')}}
`
}

function baseChain(roll: Dice, own: readonly string[]): string {
  const hook = pick(roll, ['prerouting', 'input', 'forward', 'output', 'postrouting'])
  if ((hook === 'prerouting' || hook === 'output') && chance(roll, 0.3)) {
    const nat = times(roll, 3, () => {
      const to = pick(roll, [
        'redirect to :51679',
        'dnat ip to 127.0.0.1:51679',
        'dnat ip to 172.17.0.2',
        'dnat ip6 to fd17::2',
        'accept',
        'return',
      ])
      const tests = times(roll, 1, () => pick(roll, nftConditions)).join(' ')
      // A condition on the family would be there twice, and nft wants them to agree.
      const only = to.includes('dnat ip6')
        ? 'meta nfproto ipv6'
        : to.includes('dnat ip ')
          ? 'meta nfproto ipv4'
          : ''
      return `    ${only === '' && !/proto/.test(tests) ? tests : only} tcp dport ${pick(roll, ['80', '22', '1-65535'])} ${to}\n`
    })
    return `    type nat hook ${hook} priority ${pick(roll, ['-110', '-100', '-90'])}\n${nat.join('')}`
  }
  const priority = pick(roll, ['-310', '-250', '-150', '-120', '-10', '0', '10', '200'])
  const policy = chance(roll, 0.1) ? 'drop' : 'accept'
  return `    type filter hook ${hook} priority ${priority}; policy ${policy};\n${rules(roll, hook, own)}`
}

function rules(roll: Dice, hook: string, own: readonly string[]): string {
  const tests = ['forward', 'output', 'postrouting', 'any'].includes(hook)
    ? [...nftConditions, ...outOnly]
    : nftConditions
  const fib =
    hook === 'prerouting' ? [...tests, 'fib daddr . iif oif exists', 'fib daddr . iif oif missing'] : tests
  // fib and iifkind want to know the hook; a chain that is jumped to from any may not have them.
  const usable = hook === 'any' || hook === 'postrouting' ? fib.filter(test => !test.includes('fib')) : fib
  return times(roll, 4, () => {
    const conditions = times(roll, 2, () => pick(roll, usable)).join(' ')
    return `    ${compatible(`${conditions} ${verdict(roll, own)}`)}\n`
  }).join('')
}

/** Two tests of two families, or of two protocols, cannot stand in one rule. */
function compatible(rule: string): string {
  const alone = /meta l4proto \{ tcp, udp \}|ip protocol udp/
  const plain = /tcp (d|s)port|tcp flags/.test(rule) ? rule.replace(alone, '') : rule
  const six = /ip6|ipv6/.test(plain) && /\bip (?:s|d)addr|ip protocol/.test(plain)
  return six ? 'meta nfproto ipv6 drop' : plain
}

function verdict(roll: Dice, own: readonly string[]): string {
  if (own.length > 0 && chance(roll, 0.3)) {
    const to = pick(roll, own)
    return pick(roll, [
      `jump ${to}`,
      `goto ${to}`,
      `ct state vmap { new : jump ${to}, established : accept }`,
      `iifname vmap { "docker0" : jump ${to}, "lo" : accept }`,
    ])
  }
  return pick(roll, [
    'drop',
    'drop',
    'accept',
    'return',
    'counter',
    'counter drop',
    'meta mark set 1',
    'meta mark set meta mark | 2',
    'meta mark set 1 accept',
    'tcp dport vmap { 80 : drop, 22-30 : accept }',
  ])
}
