import type { Facts, Interface, NetworkFacts } from '../model/facts.js'
import { agentWords, settingsWords } from './agent-words.js'
import { count, wrap } from './layout.js'
import type { Paint } from './paint.js'
import { taskTable } from './task-table.js'
import { windowsRows } from './windows-words.js'

/** What `facts` prints: a line a fact; what could not be told says why. */
export function factsText(facts: Facts, paint: Paint, width: number): string {
  const rows = [...(facts.windows === undefined ? linuxRows(facts) : windowsRows(facts)), ...agentRows(facts)]
  const lines = rows.flatMap(([name, fact, words]) => {
    const reason = fact === undefined ? undefined : facts.unknown[fact]
    const lead = `  ${name.padEnd(14)}  `
    const told = (text: string) =>
      text.split('\n').map((line, index) => {
        // Columns are not broken over lines.
        const room = /\S {2,}\S/.test(line) ? Infinity : width
        return wrap(index === 0 ? lead : ' '.repeat(lead.length), line, room)
      })
    return [
      ...(words === '' ? [] : told(words)),
      ...(reason === undefined ? [] : [paint.unknown(wrap(lead, `could not tell: ${reason}`, width))]),
    ]
  })
  const unknown = Object.keys(facts.unknown).length
  const ending =
    unknown === 0 ? 'Everything was told.' : `${unknown} could not be told; no control is turned off by that.`
  return `${lines.join('\n')}\n\n${wrap('', ending, width)}\n`
}

/** A name, the fact whose reason stands below, and words. */
export type Row = readonly [name: string, fact: keyof Facts['unknown'] | undefined, words: string]

const linuxRows = (facts: Facts): readonly Row[] => [
  ['system', undefined, system(facts)],
  ['kernel', 'kernel', kernel(facts)],
  ['iptables', 'iptables', iptables(facts)],
  ['nft', 'nft', nft(facts)],
  ['network', 'network', network(facts)],
  ['boot', 'boot', boot(facts)],
  ['rules', 'rules', rules(facts)],
  ['docker', 'docker', docker(facts)],
  ['cgroups', 'cgroups', cgroups(facts)],
]

const agentRows = (facts: Facts): readonly Row[] => [
  ['agent', 'agent', facts.agent === null ? absent(facts, 'agent', 'not there') : agentWords(facts.agent)],
  [
    'agent settings',
    'agentConfig',
    facts.agentConfig === null ? absent(facts, 'agentConfig', 'none') : settingsWords(facts.agentConfig),
  ],
  ['tasks', 'tasks', facts.tasks === null ? absent(facts, 'tasks', 'none') : taskTable(facts.tasks, facts)],
]

/** '' where the reason alone says it. */
const absent = (facts: Facts, name: keyof Facts['unknown'], words: string): string =>
  facts.unknown[name] === undefined ? words : ''

const system = ({ os }: Facts): string =>
  `${os.prettyName} (${[os.id, ...os.idLike.map(like => `like ${like}`)].join(', ')})`

const kernel = (facts: Facts): string =>
  facts.kernel === null
    ? absent(facts, 'kernel', 'none')
    : `${facts.kernel.release}, IPv6 ${facts.kernel.ipv6 ? 'on' : 'off'}`

function boot(facts: Facts): string {
  const found = facts.boot
  if (found === null) return absent(facts, 'boot', 'none')
  if (!found.systemd) return 'without systemd'
  const enabled = Object.keys(found.units).filter(name => found.units[name]?.enabled)
  return [
    `systemd; enabled: ${enabled.join(', ') || 'nothing that matters here'}`,
    ...found.laterSysctls.map(({ path, key, value }) => `${path} sets ${key} to ${value} after ours`),
  ].join('\n')
}

function iptables(facts: Facts): string {
  const found = facts.iptables
  if (found === null) return absent(facts, 'iptables', 'not installed')
  const legacy = found.families.flatMap(family =>
    found.legacyTables[family].length === 0 ? [] : [`${family}: ${found.legacyTables[family].join(', ')}`],
  )
  return [
    `${found.version} ${found.backend}, ${found.families.map(family => (family === 'ipv4' ? 'iptables' : 'ip6tables')).join(' and ')}`,
    ...(legacy.length === 0 ? [] : [`legacy tables in the kernel: ${legacy.join('; ')}`]),
  ].join('\n')
}

function nft(facts: Facts): string {
  const found = facts.nft
  if (found === null) return absent(facts, 'nft', 'not installed')
  return [
    `${found.version}, ${found.usable ? 'a table can be made' : 'a table cannot be made'}`,
    `expressions: ${found.expressions.join(', ') || 'none of those asked'}`,
    ...(found.because === undefined ? [] : [found.because]),
  ].join('\n')
}

function network(facts: Facts): string {
  const found = facts.network
  if (found === null) return absent(facts, 'network', 'none')
  const bridges = found.interfaces.filter(({ kind }) => kind === 'bridge')
  const route = (family: 'ipv4' | 'ipv6') => found.defaultRoutes[family].join(', ') || 'none'
  return [
    ...(bridges.length === 0 ? ['no bridge'] : bridges.map(bridge => bridgeWords(bridge, found, facts))),
    `default routes: IPv4 ${route('ipv4')}, IPv6 ${route('ipv6')}`,
    ...(found.metadataIsResolver ? ['resolv.conf names 169.254.169.254: its port 53 stays open'] : []),
  ].join('\n')
}

function bridgeWords(bridge: Interface, found: NetworkFacts, facts: Facts): string {
  const ports = found.interfaces.filter(({ master }) => master === bridge.name).map(({ name }) => name)
  const addresses = bridge.addresses.map(({ address, prefix }) => `${address}/${prefix}`)
  const kind = bridgeKind(bridge.name, found, facts)
  return `bridge ${bridge.name} (${kind}, ${bridge.up ? 'up' : 'down'}): ${addresses.join(', ') || 'no address'}, ports: ${ports.join(', ') || 'none'}`
}

/** What is behind it; one that the host's own traffic leaves by leads to neighbours. */
function bridgeKind(name: string, { defaultRoutes }: NetworkFacts, facts: Facts): string {
  if ([...defaultRoutes.ipv4, ...defaultRoutes.ipv6].includes(name)) return 'uplink'
  if (name === (facts.docker?.defaultBridge ?? 'docker0')) return "Docker's default"
  if (name === 'ecs-bridge') return 'awsvpc tasks'
  return /^br-[0-9a-f]{12}$/.test(name) ? 'user-defined network' : 'another name'
}

function docker(facts: Facts): string {
  const found = facts.docker
  if (found === null) return absent(facts, 'docker', 'not installed')
  if (found.version === null) return absent(facts, 'docker', 'installed, does not answer')
  return [
    `engine ${found.version}, ${count(found.containers.length, 'container')} running`,
    `firewall backend ${found.firewallBackend ?? 'not told (as by every engine before 28.1)'}`,
    `default bridge ${found.defaultBridge ?? (found.bridgeNone === true ? 'none (`bridge: none`)' : 'not told')}`,
    `live-restore ${onOff(found.liveRestore)}; userland proxy ${onOff(found.userlandProxy)}`,
  ].join('\n')
}

const onOff = (flag: boolean | null): string => (flag === null ? 'not told' : flag ? 'on' : 'off')

function rules(facts: Facts): string {
  const found = facts.rules
  if (found === null) return absent(facts, 'rules', 'none')
  const input = { true: 'drops', false: 'lets in', null: 'could not tell about' } as const
  return [
    `DOCKER-USER: IPv4 ${found.dockerUser.ipv4}, IPv6 ${found.dockerUser.ipv6}`,
    `INPUT ${input[String(found.inputDrops.credentials) as 'true']} what tasks send to the credentials endpoint`,
    ...found.elsewhere.map(rule => `in the backend that iptables does not show: ${rule}`),
    ...found.unread.map(what => `could not be read: ${what}`),
  ].join('\n')
}

function cgroups(facts: Facts): string {
  const found = facts.cgroups
  if (found === null) return absent(facts, 'cgroups', 'none')
  const tree = { v2: 'v2', hybrid: 'v1, with v2 beside it', v1: 'v1 alone' }[found.tree]
  const tasks =
    found.tasks === null
      ? 'none of tasks'
      : `${found.tasks}: ${found.because === undefined ? 'nft can ask for it' : `nft cannot ask for it: ${found.because}`}`
  return `${tree}; ${tasks}`
}
