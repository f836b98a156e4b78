import type { AgentConfigFacts, AgentFacts, TaskFacts } from '../../src/model/agent-facts.js'
import type { DockerFacts, Facts, Interface } from '../../src/model/facts.js'
import type { Policy } from '../../src/model/policy.js'
import type { FakeOptions } from './fake-host.js'

/** An ECS host with nothing but the sysctls to write to: Amazon Linux, docker0, no rules, no nft. */
export const machine = {
  files: {
    '/etc/os-release': 'ID=amzn\nVERSION_ID=2023\nPRETTY_NAME="Amazon Linux 2023"\n',
    '/proc/sys/kernel/osrelease': '6.1.0\n',
    '/proc/sys/net/ipv4/conf/all/route_localnet': '0\n',
    '/proc/sys/net/ipv4/conf/default/route_localnet': '0\n',
    '/proc/sys/net/ipv4/conf/docker0/route_localnet': '0\n',
  },
  programs: {
    iptables: 'iptables v1.8.8 (legacy)\n',
    ip6tables: 'ip6tables v1.8.8 (legacy)\n',
    'ip -j -d address show': JSON.stringify([
      { ifname: 'lo', link_type: 'loopback', flags: ['UP'] },
      { ifname: 'docker0', link_type: 'ether', flags: ['UP'], linkinfo: { info_kind: 'bridge' } },
    ]),
  },
} as const satisfies FakeOptions

export const policyOf = (controls: Policy['controls'] = {}, imdsAllow: Policy['imdsAllow'] = []): Policy => ({
  controls,
  imdsAllow,
  persistence: { failClosed: false, nftablesInclude: false },
})

/** Facts of a host where everything works and nothing of Docker runs; what the case is about is given. */
export const factsOf = (given: Partial<Facts> = {}): Facts => ({
  os: { family: 'linux', id: 'amzn', idLike: ['fedora'], versionId: '2023', prettyName: 'Amazon Linux 2023' },
  kernel: { release: '6.1.0', ipv6: true },
  iptables: {
    version: '1.8.8',
    backend: 'nf_tables',
    families: ['ipv4', 'ipv6'],
    legacyTables: { ipv4: [], ipv6: [] },
  },
  nft: { version: '1.0.4', usable: true, expressions: ['iifkind', 'fib', 'ct-direction'] },
  network: {
    interfaces: [],
    routes: { ipv4: [], ipv6: [] },
    defaultRoutes: { ipv4: ['ens5'], ipv6: [] },
    metadataIsResolver: false,
  },
  docker: null,
  agent: null,
  agentConfig: agentConfigOf(),
  tasks: [],
  boot: null,
  cgroups: { tree: 'v2', tasks: 'ecstasks.slice', inside: [] },
  rules: {
    dockerUser: { ipv4: 'no chain', ipv6: 'no chain' },
    inputDrops: { credentials: false, introspection: false },
    askedByHostTasks: [],
    elsewhere: [],
    unread: [],
  },
  unknown: {},
  ...given,
})

/** No settings file, or one that says nothing. */
export const agentConfigOf = (given: Partial<AgentConfigFacts> = {}): AgentConfigFacts => ({
  skipLocalhostTrafficFilter: false,
  allowOffhostIntrospection: false,
  external: false,
  settings: [],
  findings: [],
  ...given,
})

/** An engine that answers, and runs nothing. */
export const dockerOf = (version: string, given: Partial<DockerFacts> = {}): DockerFacts => ({
  version,
  firewallBackend: null,
  defaultBridge: 'docker0',
  bridgeNone: false,
  liveRestore: false,
  userlandProxy: null,
  containers: [],
  ...given,
})

/** An agent that ecs-init runs and that answers. */
export const agentOf = (version: string, given: Partial<AgentFacts> = {}): AgentFacts => ({
  version,
  running: true,
  source: 'introspection',
  told: [{ source: 'introspection', version }],
  runsAs: 'ecs-init',
  unit: 'ecs.service',
  container: 'ecs-agent',
  networkMode: 'host',
  ...given,
})

/** A task of revision 3 of the family "web", without a network mode unless one is given. */
export const taskOf = (id: string, given: Partial<TaskFacts> = {}): TaskFacts => ({
  arn: `arn:aws:ecs:eu-west-1:123456789012:task/lab/${id}`,
  family: 'web',
  revision: '3',
  mode: null,
  containers: ['app'],
  addresses: [],
  bridges: [],
  namespacePid: null,
  cgroupParent: null,
  ...given,
})

/** "ens5" is a plain NIC, "docker0 bridge 172.17.0.1/16" a bridge with an address. */
export function link(text: string): Interface {
  const [name = '', kind = 'ethernet', ...addresses] = text.split(' ')
  return {
    name,
    kind,
    up: true,
    master: null,
    mac: '02:00:00:00:00:01',
    addresses: addresses.map(cidr => ({
      family: cidr.includes(':') ? 'ipv6' : 'ipv4',
      address: cidr.replace(/\/.*/, ''),
      prefix: Number(cidr.replace(/.*\//, '')),
    })),
  }
}

export const networkOf = (
  links: readonly string[],
  given: Partial<NonNullable<Facts['network']>> = {},
): NonNullable<Facts['network']> => ({
  interfaces: links.map(link),
  routes: { ipv4: [], ipv6: [] },
  defaultRoutes: { ipv4: ['ens5'], ipv6: [] },
  metadataIsResolver: false,
  ...given,
})
