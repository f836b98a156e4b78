import type { Rules } from './docker-rules.js'
import type { BridgeName, Extra } from './options.js'

/** Rules that others lay beside Docker's, in the order they come: what a host's own firewall loads, then ecs-init. */
export const extraRules = (
  has: (extra: Extra) => boolean,
  bridges: readonly BridgeName[],
): readonly Rules[] => [
  ...(has('firewalld') ? [{ nft: firewalld(bridges) }] : []),
  ...(has('ufw') ? [{ ipv4: ufw, ipv6: ufw.replaceAll('icmp --icmp-type', 'icmpv6 --icmpv6-type') }] : []),
  ...(has('cis-input-drop') ? [{ ipv4: cis('127.0.0.0/8'), ipv6: cis('::1/128') }] : []),
  ...(has('ecs-init') ? [ecsInit] : []),
]

/** As they stand after a start: what it inserts last comes first. */
const ecsInit: Rules = {
  ipv4: [
    '*nat',
    '-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51679',
    '-A OUTPUT -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 51679',
    'COMMIT',
    '*filter',
    '-I INPUT ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    '-I INPUT ! -i lo -p tcp -m tcp --dport 51678 -j DROP',
    '-I INPUT -i docker0 -p tcp -m tcp --dport 51678 -j ACCEPT',
    'COMMIT',
    '',
  ].join('\n'),
  ipv6: [
    '*filter',
    '-I INPUT ! -i lo -p tcp -m tcp --dport 51678 -j DROP',
    '-I INPUT -i docker0 -p tcp -m tcp --dport 51678 -j ACCEPT',
    'COMMIT',
    '',
  ].join('\n'),
}

const cis = (loopback: string): string =>
  [
    '*filter',
    ':INPUT DROP [0:0]',
    '-A INPUT -i lo -j ACCEPT',
    `-A INPUT -s ${loopback} -j DROP`,
    '-A INPUT -p tcp -m state --state ESTABLISHED -j ACCEPT',
    '-A INPUT -p udp -m state --state ESTABLISHED -j ACCEPT',
    ...(loopback.includes(':')
      ? ['-A INPUT -p ipv6-icmp -j ACCEPT']
      : ['-A INPUT -p icmp -m state --state ESTABLISHED -j ACCEPT']),
    '-A INPUT -p tcp -m tcp --dport 22 -m state --state NEW -j ACCEPT',
    'COMMIT',
    '',
  ].join('\n')

const ufw = [
  '*filter',
  ':INPUT DROP [0:0]',
  ':FORWARD DROP [0:0]',
  ...['before-input', 'before-forward', 'not-local', 'user-input', 'user-forward', 'logging-deny'].map(
    name => `:ufw-${name} - [0:0]`,
  ),
  '-A INPUT -j ufw-before-input',
  '-A INPUT -j ufw-user-input',
  '-A FORWARD -j ufw-before-forward',
  '-A FORWARD -j ufw-user-forward',
  '-A ufw-before-input -i lo -j ACCEPT',
  '-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny',
  '-A ufw-before-input -m conntrack --ctstate INVALID -j DROP',
  '-A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT',
  '-A ufw-before-input -j ufw-not-local',
  '-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN',
  '-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN',
  '-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny',
  '-A ufw-not-local -j DROP',
  '-A ufw-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "',
  '-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT',
  'COMMIT',
  '',
].join('\n')

/** Docker's networks are in a zone that accepts; everything else is in one that lets only ssh in. */
const firewalld = (bridges: readonly BridgeName[]): string => {
  const zone = bridges.filter(name => name !== 'ecs-bridge')
  return [
    'table inet firewalld {',
    'chain filter_IN_public {',
    'tcp dport 22 accept',
    'meta l4proto { icmp, ipv6-icmp } accept',
    '}',
    'chain filter_INPUT_ZONES {',
    ...zone.map(name => `iifname "${name}" accept`),
    'goto filter_IN_public',
    '}',
    'chain filter_FORWARD_ZONES {',
    ...zone.flatMap(name => [`iifname "${name}" accept`, `oifname "${name}" accept`]),
    '}',
    'chain filter_INPUT {',
    'type filter hook input priority filter + 10; policy accept;',
    'ct state { established, related } accept',
    'ct status dnat accept',
    'iifname "lo" accept',
    'ct state invalid drop',
    'jump filter_INPUT_ZONES',
    'reject with icmpx admin-prohibited',
    '}',
    'chain filter_FORWARD {',
    'type filter hook forward priority filter + 10; policy accept;',
    'ct state { established, related } accept',
    'ct status dnat accept',
    'iifname "lo" accept',
    'ct state invalid drop',
    'jump filter_FORWARD_ZONES',
    'reject with icmpx admin-prohibited',
    '}',
    '}',
    '',
  ].join('\n')
}
