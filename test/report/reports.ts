import type { Report } from '../../src/model/report.js'
import {
  bridge,
  broken,
  changed,
  cut,
  drifted,
  entries,
  facts,
  failed,
  idle,
  inSync,
  localnet,
  neighbour,
  oldAgent,
  pending,
  policy,
  report,
  served,
  sharing,
  switched,
  taskCut,
  unknown,
  untold,
} from './sample.js'

const all = Object.values(entries)
const docker0 = bridge('docker0')
const custom = bridge('br-3f1c2a9d0e77')
const later = bridge('ecs-bridge', true)

const promises = [
  ...[docker0, custom, later].flatMap(origin => [cut(origin), cut(origin, undefined, 'ipv6')]),
  neighbour(),
  localnet('docker0'),
  localnet('default'),
  served(docker0),
  served(custom),
  served({ kind: 'host' }),
]

/** One report for each thing that can be said, by the name of its golden file. */
export const reports: Readonly<Record<string, Report>> = {
  'in-sync': report({ outcomes: all.map(inSync), claims: promises }),
  changed: report({
    verdict: 'changed',
    outcomes: [
      changed(entries.literal),
      changed(entries.fence),
      changed(entries.sysctl, '0'),
      inSync(entries.base),
    ],
    claims: promises,
  }),
  drifted: report({
    verdict: 'drifted',
    outcomes: [
      drifted(entries.literal, 'duplicated: 2 copies'),
      inSync(entries.fence),
      inSync(entries.sysctl),
    ],
    claims: promises,
  }),
  broken: report({
    verdict: 'failed',
    outcomes: [
      drifted(entries.literal, 'misplaced: behind -A DOCKER-USER -i docker0 -j ACCEPT'),
      drifted(entries.fence),
      inSync(entries.sysctl),
    ],
    claims: [
      cut(docker0, broken('accepted by ip filter DOCKER-USER: -i docker0 -j ACCEPT')),
      cut(custom, broken('accepted by ip filter DOCKER-USER: -i docker0 -j ACCEPT')),
      cut(later),
      neighbour(untold('could not read inet lockdown input: meta cgroup 7')),
      oldAgent(broken('ECS agent 1.96.0 has CVE-2025-9039: the packet reaches 10.0.1.17')),
      localnet('docker0'),
      served(docker0, broken('127.0.0.1:51679 is never reached')),
    ],
    skipped: [{ control: 'loopback-guard', reason: 'ECS_SKIP_LOCALHOST_TRAFFIC_FILTER is on' }],
  }),
  failed: report({
    verdict: 'failed',
    outcomes: [failed(entries.literal), changed(entries.fence), changed(entries.sysctl, '0')],
    claims: promises,
  }),
  unknown: report({
    verdict: 'unknown',
    facts: { ...facts, docker: null, unknown: { docker: '/var/run/docker.sock did not answer in 2 s' } },
    outcomes: [unknown(entries.literal), inSync(entries.fence)],
    claims: [cut(docker0, untold('could not read ip filter: iptables did not answer in 5 s')), neighbour()],
  }),
  shared: report({
    verdict: 'drifted',
    outcomes: [
      drifted({ ...entries.base, controls: ['imds-bridge', 'credentials-guard'] }),
      inSync(entries.sysctl),
    ],
    claims: [cut(docker0), neighbour(), localnet('docker0')],
  }),
  pending: report({
    verdict: 'pending',
    outcomes: [pending(entries.setting), pending(entries.route, null), inSync(entries.sysctl)],
    claims: [cut(docker0), switched('ECS_AWSVPC_BLOCK_IMDS', undefined, 'next'), localnet('docker0')],
  }),
  'waits-for-restart': report({
    verdict: 'failed',
    outcomes: [
      { ...drifted(entries.setting), entry: { ...entries.setting, restart: 'ecs.service', waits: true } },
      pending(entries.route),
    ],
    claims: [
      switched('ECS_AWSVPC_BLOCK_IMDS', broken('nothing sets ECS_AWSVPC_BLOCK_IMDS')),
      switched('ECS_ENABLE_TASK_ENI'),
      sharing(broken('its container has the network "bridge"')),
      taskCut('web:3 0123abcd'),
      taskCut('db:1 aaaa0000', broken('a route leads to 169.254.169.254')),
      taskCut('db:1 bbbb1111', broken('a route leads to 169.254.169.254')),
      taskCut('job 2222', untold('process 4711 has ended')),
    ],
  }),
  'restart-failed': report({
    verdict: 'failed',
    outcomes: [idle(entries.setting), changed(entries.sysctl, '0')],
    claims: [cut(docker0), switched('ECS_AWSVPC_BLOCK_IMDS', undefined, 'next')],
  }),
  'no-promise': report({ verdict: 'unknown', outcomes: [inSync(entries.sysctl)] }),
  'with-notes': report({
    policy: {
      controls: { ...policy.controls, 'credentials-guard': 'observe' },
      imdsAllow: [
        { bridge: 'br-ops', reason: 'the backup job reads instance tags' },
        { cidr: '10.9.0.0/16', reason: 'legacy batch' },
      ],
      persistence: policy.persistence,
    },
    outcomes: [{ ...drifted({ ...entries.base, reportOnly: true }) }, inSync(entries.fence)],
    claims: [
      cut(docker0, {
        holds: true,
        because: 'the fence is missing: a rule before DOCKER-USER could let it pass',
      }),
      { ...neighbour(broken('accepted by policy')), reportOnly: true },
    ],
    notes: [
      { text: 'a rule that the host\u2019s iptables does not show: -A OUTPUT -d 169.254.170.2/32' },
      { control: 'imds-bridge', text: 'would lose access to the metadata service: web' },
    ],
  }),
}
