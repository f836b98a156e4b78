import { userBridge } from '../lab/options.js'

/** What happens to the rules of a fenced host. */
export interface Tampering {
  readonly name: string
  readonly commands: readonly string[]
  /** Needs the fence, or nft itself. */
  readonly nft?: true
  /** Somebody else's rule cuts or bends the packet, which no rule of ours can mend. */
  readonly lasting?: true
}

const other = { nf_tables: 'iptables-legacy', legacy: 'iptables-nft' } as const

export const tamperings = (backend: 'nf_tables' | 'legacy'): readonly Tampering[] => [
  { name: 'DOCKER-USER flushed', commands: ['iptables -F DOCKER-USER'] },
  { name: 'FORWARD flushed and opened', commands: ['iptables -F FORWARD', 'iptables -P FORWARD ACCEPT'] },
  {
    name: 'everything flushed',
    commands: ['iptables -F', 'iptables -t nat -F', 'iptables -P FORWARD ACCEPT'],
  },
  { name: 'RETURN above the drop', commands: ['iptables -I DOCKER-USER 1 -j RETURN'] },
  { name: 'ACCEPT above the drop', commands: ['iptables -I DOCKER-USER 1 -j ACCEPT'] },
  {
    name: 'ACCEPT of one bridge above the drop',
    commands: ['iptables -I DOCKER-USER 1 -i docker0 -j ACCEPT'],
  },
  { name: 'ACCEPT at the top of FORWARD', commands: ['iptables -I FORWARD 1 -j ACCEPT'] },
  { name: 'jump removed', commands: ['iptables -D FORWARD -j DOCKER-USER'] },
  {
    name: 'jump behind an accept',
    commands: [
      'iptables -D FORWARD -j DOCKER-USER',
      'iptables -I FORWARD -i docker0 -j ACCEPT',
      'iptables -A FORWARD -j DOCKER-USER',
    ],
  },
  {
    name: "Docker's documented accept of established flows above",
    commands: ['iptables -I DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
  },
  {
    name: 'accept in a chain of its own',
    commands: [
      'iptables -N site',
      'iptables -A site -p tcp -m multiport --dports 80,443 -j ACCEPT',
      'iptables -I FORWARD -g site',
    ],
  },
  {
    name: 'accept of a subnet',
    commands: ['iptables -I FORWARD -s 172.17.0.0/16 -d 169.254.0.0/16 -p tcp --dport 1:1024 -j ACCEPT'],
  },
  { name: 'a wildcard accept', commands: ['iptables -I FORWARD -i br-+ -j ACCEPT'] },
  { name: 'a negated accept', commands: ['iptables -I FORWARD ! -i docker0 ! -d 10.0.0.0/8 -j ACCEPT'] },
  { name: 'reject for everything', commands: ['iptables -I FORWARD -j REJECT'] },
  { name: 'the IPv6 rules flushed', commands: ['ip6tables -F', 'ip6tables -P FORWARD ACCEPT'] },
  { name: 'nat flushed', commands: ['iptables -t nat -F'] },
  { name: 'OUTPUT redirect removed', commands: ['iptables -t nat -F OUTPUT'] },
  {
    name: 'another DNAT first',
    commands: [
      'iptables -t nat -I PREROUTING -p tcp -d 169.254.170.2 --dport 80 -j DNAT --to-destination 127.0.0.1:51999',
    ],
    lasting: true,
  },
  {
    name: 'nat skipped for one bridge',
    commands: [`iptables -t nat -I PREROUTING -i ${userBridge} -j ACCEPT`],
    lasting: true,
  },
  { name: 'route_localnet off', commands: ['sysctl -qw net.ipv4.conf.all.route_localnet=0'] },
  {
    name: 'route_localnet on one bridge only',
    commands: [
      'sysctl -qw net.ipv4.conf.all.route_localnet=0',
      'sysctl -qw net.ipv4.conf.docker0.route_localnet=1',
    ],
  },
  {
    name: 'INPUT drops what is new',
    commands: [
      ...['iptables', 'ip6tables'].flatMap(program => [
        `${program} -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT`,
        `${program} -P INPUT DROP`,
      ]),
    ],
  },
  { name: 'INPUT drops what is for the agent', commands: ['iptables -I INPUT -p tcp --dport 51679 -j DROP'] },
  {
    name: 'raw drops credentials',
    commands: ['iptables -t raw -A PREROUTING -d 169.254.170.2 -j DROP'],
    lasting: true,
  },
  {
    name: 'a mark decides',
    commands: [
      'iptables -t mangle -A PREROUTING -i docker0 -j MARK --set-mark 0x7',
      'iptables -I FORWARD -m mark --mark 0x7 -j ACCEPT',
    ],
  },
  {
    name: 'introspection opened',
    commands: [
      'iptables -I INPUT -p tcp --dport 51678 -j ACCEPT',
      'ip6tables -I INPUT -p tcp --dport 51678 -j ACCEPT',
    ],
  },
  { name: 'everything in INPUT opened', commands: ['iptables -I INPUT -j ACCEPT'] },
  {
    name: 'a drop in the other backend',
    commands: [`${other[backend]} -A FORWARD -i docker0 -d 169.254.169.254 -j DROP`],
  },
  {
    name: 'credentials dropped in the other backend',
    commands: [`${other[backend]} -A INPUT -p tcp --dport 51679 -j DROP`],
    lasting: true,
  },
  { name: 'forwarding off', commands: ['sysctl -qw net.ipv4.ip_forward=0'] },
  { name: 'the fence flushed', commands: ['nft flush table inet taskfence'], nft: true },
  { name: 'the fence deleted', commands: ['nft delete table inet taskfence'], nft: true },
  {
    name: 'fence and DOCKER-USER gone',
    commands: ['nft delete table inet taskfence', 'iptables -F DOCKER-USER'],
    nft: true,
  },
  { name: 'an accept in the fence', commands: ['nft insert rule inet taskfence forward accept'], nft: true },
  { name: 'every rule of the host gone', commands: ['nft flush ruleset'], nft: true },
  {
    name: 'a native table that drops the agent',
    commands: [
      'nft add table inet site',
      'nft add chain inet site in { type filter hook input priority 5 ; }',
      'nft add rule inet site in tcp dport 51679 drop',
    ],
    lasting: true,
    nft: true,
  },
  {
    name: 'a native table that accepts first',
    commands: [
      'nft delete table inet taskfence',
      'nft add table inet site',
      'nft add chain inet site onward { type filter hook forward priority filter - 50 ; }',
      'nft add rule inet site onward ip daddr 169.254.169.254 accept',
    ],
    nft: true,
  },
  {
    name: 'a native table that drops by set',
    commands: [
      'nft delete table inet taskfence',
      'iptables -F DOCKER-USER',
      'nft add table inet site',
      'nft add chain inet site onward { type filter hook forward priority 20 ; }',
      'nft add rule inet site onward iifname { "docker0", "appnet0" } ip daddr { 169.254.169.254, 10.9.0.0/16 } drop',
    ],
    nft: true,
  },
]
