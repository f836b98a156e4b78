import type { Claim, ClaimEntry, Origin, PacketClaim, Proof } from '../../src/model/claim.js'
import type { DesiredEntry } from '../../src/model/desired.js'
import { CommandError } from '../../src/model/errors.js'
import type { Facts, IpFamily } from '../../src/model/facts.js'
import type { Policy } from '../../src/model/policy.js'
import type { Outcome, Report } from '../../src/model/report.js'
import type { State } from '../../src/model/resource.js'
import { agentConfigOf, agentOf, dockerOf, factsOf, taskOf } from '../fakes/machine.js'

/** Words for the controls of these samples. */
export const controls = [
  { id: 'imds-bridge', title: 'Tasks on any bridge cannot reach the instance metadata service' },
  { id: 'imds-awsvpc', title: 'The agent closes the instance metadata service to awsvpc tasks' },
  { id: 'credentials-guard', title: 'Neighbours cannot reach the credentials endpoint' },
  { id: 'agent-version', title: 'The agent that runs is without CVE-2025-9039, or nobody can use it' },
  { id: 'route-localnet', title: 'Requests of tasks for the credentials endpoint may be routed to loopback' },
  { id: 'task-credentials', title: 'Every task reaches its credentials' },
]

export const policy: Policy = {
  controls: Object.fromEntries(controls.map(({ id }) => [id, 'enforce' as const])),
  imdsAllow: [],
  persistence: { failClosed: false, nftablesInclude: false },
}

export const facts: Facts = factsOf({
  kernel: { release: '6.1.119-129.201.amzn2023.x86_64', ipv6: true },
  network: {
    interfaces: [
      interfaceOf('lo', 'loopback', null, '127.0.0.1', 8),
      interfaceOf('ens5', 'ethernet', null, '10.0.1.17', 24),
      interfaceOf('docker0', 'bridge', null, '172.17.0.1', 16),
      interfaceOf('veth1a2b3c', 'veth', 'docker0'),
      interfaceOf('br-3f1c2a9d0e77', 'bridge', null, '172.18.0.1', 16),
    ],
    routes: { ipv4: [{ destination: '0.0.0.0/0', device: 'ens5' }], ipv6: [] },
    defaultRoutes: { ipv4: ['ens5'], ipv6: [] },
    metadataIsResolver: false,
  },
  docker: dockerOf('25.0.16', {
    containers: [{ name: 'web', networkMode: 'bridge', addresses: ['172.17.0.2'] }],
  }),
  agent: agentOf('1.105.1'),
  agentConfig: agentConfigOf({
    settings: [
      { name: 'ECS_ENABLE_TASK_IAM_ROLE', value: 'true', source: 'ecs-init', running: 'true' },
      { name: 'ECS_AWSVPC_BLOCK_IMDS', value: null, source: 'default', running: null },
    ],
  }),
  tasks: [taskOf('0123456789abcdef0123456789abcdef', { mode: 'bridge', bridges: ['docker0'] })],
  rules: {
    dockerUser: { ipv4: 'jumped', ipv6: 'no chain' },
    inputDrops: { credentials: false, introspection: false },
    askedByHostTasks: [],
    elsewhere: [],
    unread: [],
  },
})

function interfaceOf(name: string, kind: string, master: string | null, address?: string, prefix = 0) {
  const addresses = address === undefined ? [] : [{ family: 'ipv4' as const, address, prefix }]
  return { name, kind, up: true, master, mac: null, addresses }
}

/** Entries of four kinds, by a short name. */
export const entries = {
  literal: entry('imds-bridge', 'present', {
    kind: 'iptables-rule',
    family: 'ipv4',
    table: 'filter',
    chain: 'DOCKER-USER',
    position: 'head',
    match: ['-d', '169.254.169.254/32', '-i', 'docker+'],
    target: ['-j', 'DROP'],
    tag: 'taskfence-imds-bridge',
  }),
  fence: entry('imds-bridge', 'ip daddr 169.254.169.254 counter name "imds_bridge_ipv4" drop', {
    kind: 'fence-rule',
    table: 'taskfence',
    chain: 'forward',
    name: 'imds_bridge_ipv4',
    tag: 'taskfence-imds-bridge',
  }),
  chain: entry('imds-bridge', 'present', {
    kind: 'iptables-chain',
    family: 'ipv6',
    table: 'filter',
    chain: 'DOCKER-USER',
  }),
  base: entry('credentials-guard', 'type filter hook prerouting priority -310; policy accept;', {
    kind: 'fence-chain',
    table: 'taskfence',
    chain: 'prerouting',
  }),
  sysctl: entry('route-localnet', '1', { kind: 'sysctl', key: 'net.ipv4.conf.all.route_localnet' }),
  setting: entry('imds-awsvpc', 'true', {
    kind: 'agent-setting',
    path: '/etc/ecs/ecs.config',
    name: 'ECS_AWSVPC_BLOCK_IMDS',
  }),
  route: entry('task-credentials', 'present', {
    kind: 'route',
    destination: '169.254.170.2/32',
    device: 'lo',
  }),
} satisfies Readonly<Record<string, DesiredEntry>>

function entry(control: string, state: State, resource: DesiredEntry['resource']): DesiredEntry {
  const id =
    resource.kind === 'fence-rule' ? `fence ${resource.name}` : Object.values(resource).flat().join(' ')
  return { id, controls: [control], resource, state }
}

export const inSync = (of: DesiredEntry): Outcome => ({ status: 'in-sync', entry: of })
export const drifted = (of: DesiredEntry, from: State = null): Outcome => ({
  status: 'drifted',
  entry: of,
  from,
})
export const changed = (of: DesiredEntry, from: State = null): Outcome => ({
  status: 'changed',
  entry: of,
  from,
})
export const unknown = (of: DesiredEntry): Outcome => ({ status: 'unknown', entry: of, error: silence })
export const failed = (of: DesiredEntry, from: State = null): Outcome => ({
  status: 'failed',
  entry: of,
  from,
  error: silence,
})

/** Written, and the running agent is without it. */
export const pending = (of: DesiredEntry, from: State = of.state): Outcome => ({
  status: 'pending',
  entry: { ...of, restart: 'ecs.service', waits: true },
  from,
  because: 'restart needed: `systemctl restart ecs`',
})
/** Restarted in vain. */
export const idle = (of: DesiredEntry): Outcome => ({
  status: 'failed',
  entry: { ...of, restart: 'ecs.service', waits: true },
  from: of.state,
  error: new CommandError({ file: 'systemctl', args: ['restart', 'ecs'] }, undefined, {
    message: 'ecs.service has restarted and is failed (exit-code)',
    hint: 'look at `journalctl -u ecs.service` and at /var/log/ecs',
  }),
})

const silence = new CommandError({ file: 'iptables', args: ['-w', '5', '-S'] }, undefined, {
  message: '`iptables -w 5 -S` did not answer in 5 s',
  hint: 'The xtables lock is held by pid 901 (dockerd).',
})

export const holds: Proof = { holds: true, evidence: 'dropped by inet taskfence forward' }
export const broken = (because: string): Proof => ({ holds: false, because })
export const untold = (because: string): Proof => ({ holds: null, because })

export const bridge = (name: string, hypothetical = false): Origin => ({
  kind: 'container',
  bridge: name,
  hypothetical,
})

/** A promise about the metadata service. */
export const cut = (origin: Origin, proof: Proof = holds, family: IpFamily = 'ipv4'): ClaimEntry =>
  packet(
    'imds-bridge',
    origin,
    family,
    family === 'ipv4' ? '169.254.169.254' : 'fd00:ec2::254',
    'dropped',
    proof,
  )

/** A promise about the credentials. */
export const served = (origin: Origin, proof: Proof = holds): ClaimEntry =>
  packet('task-credentials', origin, 'ipv4', '169.254.170.2', 'delivered', proof)

export const neighbour = (proof: Proof = holds): ClaimEntry =>
  packet(
    'credentials-guard',
    { kind: 'neighbour', interface: 'ens5' },
    'ipv4',
    '169.254.170.2',
    'dropped',
    proof,
  )

export const localnet = (name: string, proof: Proof = holds): ClaimEntry => ({
  control: 'route-localnet',
  claim: { kind: 'localnet-routing', interface: name },
  proof,
})

export const oldAgent = (proof: Proof): ClaimEntry => ({
  control: 'agent-version',
  claim: {
    kind: 'agent-version',
    weakness: 'CVE-2025-9039',
    fixedIn: '1.97.1',
    closed: [neighbour().claim as PacketClaim],
  },
  proof,
})

/** A promise about a switch of the agent. */
export const switched = (
  name: string,
  proof: Proof = { holds: true, evidence: `${name}=true` },
  agent: 'running' | 'next' = 'running',
): ClaimEntry => ({ control: 'imds-awsvpc', claim: { kind: 'agent-setting', name, agent }, proof })

export const sharing = (proof: Proof): ClaimEntry => ({
  control: 'imds-awsvpc',
  claim: { kind: 'agent-network' },
  proof,
})

/** A promise about a running awsvpc task. */
export const taskCut = (name: string, proof: Proof = holds): ClaimEntry => ({
  control: 'imds-awsvpc',
  claim: {
    kind: 'task-metadata',
    task: `arn:aws:ecs:eu-west-1:123456789012:task/lab/${name}`,
    name,
    families: ['ipv4', 'ipv6'],
    namespacePid: 4711,
  },
  proof,
})

function packet(
  control: string,
  origin: Origin,
  family: IpFamily,
  to: string,
  fate: 'dropped' | 'delivered',
  proof: Proof,
): ClaimEntry {
  const from = family === 'ipv4' ? '172.17.0.9' : 'fd00::9'
  const claim: Claim = { kind: 'packet', family, origin, from, to, protocol: 'tcp', port: 80, fate }
  return { control, claim, proof }
}

export const report = (of: Partial<Report>): Report => ({
  at: new Date('2025-03-04T05:06:07.000Z'),
  facts,
  policy,
  outcomes: [],
  claims: [],
  skipped: [],
  notes: [],
  verdict: 'in-sync',
  ...of,
})
