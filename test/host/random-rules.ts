import type { IpFamily } from '../../src/model/facts.js'
import { userBridge } from '../lab/options.js'

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole ruleset for `iptables-restore`, about the packets that matter here and with what Docker and people write. */
export function randomRules(random: () => number, family: IpFamily): string {
  const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0]
  const some = (most: number) => Math.floor(random() * (most + 1))
  const times = (count: number, line: () => string) => Array.from({ length: count }, line)
  const v4 = family === 'ipv4'

  const where: readonly [() => string, ...(() => string)[]] = v4
    ? [
        () =>
          `${pick(['-d', '! -d'])} ${pick(['169.254.169.254/32', '169.254.0.0/16', '127.0.0.1/32', '127.0.0.0/8', '169.254.170.2/32', '10.0.0.10/32'])}`,
        () =>
          `${pick(['-s', '! -s'])} ${pick(['172.17.0.0/16', '172.16.0.0/12', '172.18.0.2/32', '10.0.0.0/24', '127.0.0.0/8'])}`,
      ]
    : [
        () => `${pick(['-d', '! -d'])} ${pick(['fd00:ec2::254/128', 'fd00::/8', 'fd10::10/128'])}`,
        () => `${pick(['-s', '! -s'])} ${pick(['fd17::/64', 'fd18::2/128', 'fd10::/64'])}`,
      ]
  const ports = () => pick(['80', '51678', '51679', '1:1024', '51000:52000'])
  const what: readonly [() => string, ...(() => string)[]] = [
    () => '-p tcp',
    () => '-p udp',
    () => `-p tcp -m tcp ${pick(['--dport', '! --dport'])} ${ports()}`,
    () => '-p tcp -m multiport --dports 80,51678:51679',
    () => '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN',
    () =>
      `-m conntrack ${pick(['--ctstate', '! --ctstate'])} ${pick(['NEW', 'RELATED,ESTABLISHED', 'DNAT', 'INVALID', 'RELATED,ESTABLISHED,DNAT'])}`,
    () => `-m state --state ${pick(['NEW', 'ESTABLISHED', 'INVALID,NEW'])}`,
    () => `-m addrtype ${pick(['--dst-type LOCAL', '! --dst-type LOCAL', '--src-type LOCAL'])}`,
    () => `-m mark --mark ${pick(['0x1', '0x1/0x1', '0x0/0x2'])}`,
    () => '-m comment --comment "somebody\'s own: -j DROP"',
  ]
  const undecided = () => pick(['-m limit --limit 5/sec', '-m statistic --mode nth --every 2 --packet 0'])
  const incoming = () =>
    `${pick(['-i', '! -i'])} ${pick(['docker0', 'docker+', 'br-+', userBridge, 'appnet0', 'ens5', 'lo'])}`
  const outgoing = () => `${pick(['-o', '! -o'])} ${pick(['docker0', 'ens5', 'lo', 'ens+'])}`

  const match = (chain: string): string =>
    [
      ...(random() < 0.4 && !['OUTPUT', 'one', 'two', 'DOCKER-USER'].includes(chain) ? [incoming()] : []),
      ...(random() < 0.4 && ['one', 'two', 'DOCKER-USER'].includes(chain) && chain !== 'two'
        ? [incoming()]
        : []),
      ...(random() < 0.15 && ['FORWARD', 'OUTPUT'].includes(chain) ? [outgoing()] : []),
      ...where.filter(() => random() < 0.35).map(one => one()),
      ...(random() < 0.5 ? [pick(what)()] : []),
      ...(random() < 0.02 ? [undecided()] : []),
    ].join(' ')
  // No REJECT: a refusal of a later packet looks like one of the first. The named layouts have it.
  const final = () => pick(['ACCEPT', 'ACCEPT', 'DROP', 'DROP', 'DROP', 'RETURN'])
  const verdict = (chain: string): string => {
    if (chain === 'two' || random() < 0.75) return `-j ${final()}`
    if (chain === 'one') return pick(['-j two', '-g two'])
    return pick(['-j one', '-j two', '-g one', '-g two'])
  }
  const rules = (chain: string, most: number) =>
    times(some(most), () => `-A ${chain} ${match(chain)} ${verdict(chain)}`)
  const policy = () => (random() < 0.2 ? 'DROP' : 'ACCEPT')

  const nat = [
    '*nat',
    ...(random() < 0.3 ? ['-A PREROUTING -m addrtype --dst-type LOCAL -j ACCEPT'] : []),
    ...times(
      some(1),
      () => `-A PREROUTING ${incoming()} -d 169.254.170.2/32 -j ${pick(['ACCEPT', 'RETURN'])}`,
    ),
    ...times(
      some(2),
      () =>
        `-A PREROUTING ${random() < 0.3 ? incoming() : ''} -d 169.254.170.2/32 -p tcp -m tcp --dport ${pick(['80', '1:90'])} -j DNAT --to-destination 127.0.0.1:${pick(['51679', '51679', '51999'])}`,
    ),
    ...times(
      some(2),
      () =>
        `-A OUTPUT -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j ${pick(['REDIRECT --to-ports 51679', 'REDIRECT --to-ports 51679', 'DNAT --to-destination 127.0.0.1:51679', 'RETURN'])}`,
    ),
    'COMMIT',
  ]
  const early = [
    '*raw',
    ...times(
      random() < 0.1 ? 1 : 0,
      () =>
        `-A PREROUTING ${incoming()} -d ${v4 ? pick(['169.254.169.254/32', '169.254.0.0/16', '169.254.170.2/32']) : 'fd00:ec2::254/128'} -j DROP`,
    ),
    'COMMIT',
    '*mangle',
    ...times(
      some(1),
      () => `-A PREROUTING ${incoming()} -j MARK --set-xmark ${pick(['0x1/0xffffffff', '0x2/0xffffffff'])}`,
    ),
    'COMMIT',
  ]
  return [
    ...(v4 ? nat : []),
    ...early,
    '*filter',
    `:INPUT ${policy()} [0:0]`,
    `:FORWARD ${policy()} [0:0]`,
    `:OUTPUT ${random() < 0.05 ? 'DROP' : 'ACCEPT'} [0:0]`,
    ':DOCKER-USER - [0:0]',
    ':one - [0:0]',
    ':two - [0:0]',
    // A request is asked about, not its answer, which must always find its way back.
    ...(v4 ? [] : ['-A INPUT -p ipv6-icmp -j ACCEPT', '-A OUTPUT -p ipv6-icmp -j ACCEPT']),
    ...['FORWARD', 'INPUT', 'OUTPUT'].map(chain => `-A ${chain} -m conntrack --ctdir REPLY -j ACCEPT`),
    ...(random() < 0.7 ? ['-A FORWARD -j DOCKER-USER'] : []),
    ...rules('FORWARD', 4),
    ...rules('INPUT', 4),
    ...(random() < 0.2 ? rules('OUTPUT', 2) : []),
    ...rules('DOCKER-USER', 3),
    ...rules('one', 3),
    ...rules('two', 2),
    'COMMIT',
    '',
  ].join('\n')
}
