import t from 'tap'
import { agentTaskRoles } from '../../src/controls/agent-task-roles.js'
import type { Control } from '../../src/controls/control.js'
import { imdsAwsvpc } from '../../src/controls/imds-awsvpc.js'
import type { AgentFacts, AgentSetting } from '../../src/model/agent-facts.js'
import type { Facts } from '../../src/model/facts.js'
import type { Mode } from '../../src/model/policy.js'
import { platformFor } from '../../src/platforms/index.js'
import { agentConfigOf, agentOf, factsOf, policyOf, taskOf } from '../fakes/machine.js'
import { claimText, desiredText } from './words.js'

const path = '/etc/ecs/ecs.config'
const [role, hostRole, block, eni] = [
  'ECS_ENABLE_TASK_IAM_ROLE',
  'ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST',
  'ECS_AWSVPC_BLOCK_IMDS',
  'ECS_ENABLE_TASK_ENI',
]

/** "NAME=next from SOURCE, running VALUE"; without "running" the agent's environment was not told. */
function setting(text: string): AgentSetting {
  const [, name = '', value = '', source = '', running] =
    /^(\w+)=(\S*) from (\S+?)(?:, running (\S+))?$/.exec(text) ?? []
  return {
    name,
    value: value === '' ? null : value,
    source,
    ...(running === undefined ? {} : { running: running === '-' ? null : running }),
  }
}

const host = (settings: readonly string[], agent: Partial<AgentFacts> = {}, over: Partial<Facts> = {}) =>
  factsOf({
    agent: agentOf('1.105.1', agent),
    agentConfig: agentConfigOf({ settings: settings.map(setting) }),
    ...over,
  })

/** As in the report: what is written, what waits, what is promised, or why not. */
function asked(control: Control, facts: Facts, mode: Mode = 'enforce') {
  const context = { facts, mode, policy: policyOf(), platform: platformFor(facts.os) }
  const reason = control.skip?.(context)
  if (reason !== undefined) return [`skipped: ${reason}`]
  return [
    ...control
      .desire(context)
      .map(
        desired =>
          `${desiredText(desired)}${desired.waits === true ? `; waits for ${desired.restart ?? ''}` : ''}`,
      ),
    ...control.claims(context).map(claimText),
    ...(control.notes?.(context) ?? []).map(text => `note: ${text}`),
  ]
}

const injected = [`${role}=true from ecs-init, running true`, `${hostRole}=true from ecs-init, running true`]
const line = (name: string) => `${path}: ${name}=true`
const now = (name: string) => `the running agent has ${name}=true`
const next = (name: string) => `the agent starts with ${name}=true`
const stopped = { running: false, container: null, networkMode: null }
const byHand = { runsAs: 'container', unit: null } as const

type Row = readonly [behaviour: string, control: Control, facts: Facts, says: readonly string[]]

const rows: readonly Row[] = [
  [
    'ecs-init sets task roles: nothing is written',
    agentTaskRoles,
    host(injected),
    [now(role), now(hostRole)],
  ],
  [
    'a file turns one off, and the agent runs without it',
    agentTaskRoles,
    host([`${role}=false from ${path}, running false`, ...injected.slice(1)]),
    [`${line(role)}; waits for ecs.service`, now(role), now(hostRole)],
  ],
  [
    'a file turns one off since the agent started',
    agentTaskRoles,
    host([`${role}=false from ${path}, running true`, ...injected.slice(1)]),
    [line(role), now(role), now(hostRole)],
  ],
  [
    'the other file turns it off: the last one counts',
    agentTaskRoles,
    host([`${role}=no from /var/lib/ecs/ecs.config, running no`, ...injected.slice(1)]),
    [`${line(role)}; waits for ecs.service`, now(role), now(hostRole)],
  ],
  [
    'the line that turned it off is gone, and the agent has not restarted',
    agentTaskRoles,
    host([`${role}=true from ecs-init, running false`, ...injected.slice(1)]),
    [`no ${path}: ${role}=; waits for ecs.service`, next(role), now(hostRole)],
  ],
  [
    'quotes are no switch',
    agentTaskRoles,
    host([`${role}="true" from ${path}, running "true"`, ...injected.slice(1)]),
    [`${line(role)}; waits for ecs.service`, now(role), now(hostRole)],
  ],
  [
    'another spelling of true',
    agentTaskRoles,
    host([`${role}=1 from ${path}, running True`, ...injected.slice(1)]),
    [line(role), now(role), now(hostRole)],
  ],
  [
    'an agent before host mode',
    agentTaskRoles,
    host(injected.slice(0, 1), { version: '1.11.0' }),
    [
      now(role),
      'note: ECS agent 1.11.0 is older than 1.12.0, the first with task roles in host network mode: such tasks get no role of their own',
    ],
  ],
  [
    'an agent before task roles',
    agentTaskRoles,
    host([], { version: '1.10.0' }),
    ['skipped: ECS agent 1.10.0 is older than 1.11.0, the first with task roles'],
  ],
  ['no agent is installed', agentTaskRoles, factsOf(), ['skipped: no ECS agent is installed here']],
  [
    'an agent that could not be told turns nothing off',
    agentTaskRoles,
    factsOf({ unknown: { agent: 'it hangs' } }),
    [now(role), now(hostRole)],
  ],
  [
    'an agent by hand: its options are told, nothing is written',
    agentTaskRoles,
    host([`${role}= from default, running -`, `${hostRole}= from default, running -`], {
      ...byHand,
      networkMode: 'bridge',
    }),
    [now(role), now(hostRole), "the agent shares the host's network"],
  ],
  [
    'how it runs was not told: nothing is written',
    agentTaskRoles,
    host([], { runsAs: null, unit: null }),
    [now(role), now(hostRole)],
  ],

  [
    'the block is nobody\u2019s default',
    imdsAwsvpc,
    host([`${block}= from default, running -`]),
    [`${line(block)}; waits for ecs.service`, now(block)],
  ],
  [
    'written, and the agent has not restarted',
    imdsAwsvpc,
    host([`${block}=true from ${path}, running -`]),
    [`${line(block)}; waits for ecs.service`, next(block)],
  ],
  ['in force', imdsAwsvpc, host([`${block}=true from ${path}, running true`]), [line(block), now(block)]],
  [
    'in force by the other file',
    imdsAwsvpc,
    host([`${block}=true from /var/lib/ecs/ecs.config, running true`]),
    [now(block)],
  ],
  [
    'what the JSON file says cannot be seen in the agent',
    imdsAwsvpc,
    host([`${block}=true from /etc/ecs/ecs.config.json, running -`]),
    [`${line(block)}; waits for ecs.service`, now(block)],
  ],
  [
    'no agent runs: nothing waits',
    imdsAwsvpc,
    host([`${block}= from default`], stopped),
    [line(block), next(block)],
  ],
  [
    'the settings of the running agent were not told: nothing waits',
    imdsAwsvpc,
    host([`${block}=true from ${path}`]),
    [line(block), now(block)],
  ],
  [
    'nobody told how to restart it: nothing waits',
    imdsAwsvpc,
    host([`${block}= from default, running -`], { unit: null }),
    [line(block), now(block)],
  ],
  [
    'ECS Anywhere',
    imdsAwsvpc,
    factsOf({ agent: agentOf('1.105.1'), agentConfig: agentConfigOf({ external: true }) }),
    ['skipped: ECS Anywhere runs no awsvpc tasks'],
  ],
  [
    'an agent by hand that runs no awsvpc tasks',
    imdsAwsvpc,
    host([`${block}= from default, running -`, `${eni}= from default, running -`], byHand),
    ['skipped: ECS_ENABLE_TASK_ENI is off: this agent runs no awsvpc tasks'],
  ],
  [
    'an agent whose settings were not told: nothing is turned off by that',
    imdsAwsvpc,
    host([`${block}= from default`, `${eni}= from default`], { runsAs: null, unit: null }),
    [now(block)],
  ],
  [
    'an agent by hand that does',
    imdsAwsvpc,
    host([`${block}= from default, running -`, `${eni}=true from run, running true`], byHand),
    [now(block)],
  ],
  [
    'an agent before the setting',
    imdsAwsvpc,
    host([], { version: '1.14.5' }),
    ['skipped: ECS agent 1.14.5 is older than 1.15.0, the first with settings for awsvpc tasks'],
  ],
  [
    'each running awsvpc task is a promise',
    imdsAwsvpc,
    host(
      [`${block}=true from ${path}, running true`],
      {},
      {
        tasks: [
          taskOf('0123456789abcdef', { mode: 'awsvpc', namespacePid: 7 }),
          taskOf('fedcba9876543210', { mode: 'awsvpc', family: null }),
          taskOf('aaaa', { mode: 'bridge' }),
          taskOf('bbbb', { mode: 'host' }),
          taskOf('cccc'),
        ],
      },
    ),
    [
      line(block),
      now(block),
      'awsvpc task web:3 01234567 cannot reach the metadata service (IPv4, IPv6)',
      'awsvpc task fedcba98 cannot reach the metadata service (IPv4, IPv6)',
    ],
  ],
  [
    'an agent that blocks IPv4 alone promises IPv4 alone, and says so',
    imdsAwsvpc,
    host(
      [`${block}=true from ${path}, running true`],
      { version: '1.68.2' },
      {
        tasks: [taskOf('0123', { mode: 'awsvpc' })],
      },
    ),
    [
      line(block),
      now(block),
      'awsvpc task web:3 0123 cannot reach the metadata service (IPv4)',
      'note: ECS agent 1.68.2 is older than 1.69.0, the first with a block of the IPv6 metadata service for awsvpc tasks: tasks that have IPv6 reach fd00:ec2::254',
    ],
  ],
  [
    'a kernel without IPv6',
    imdsAwsvpc,
    host(
      [`${block}=true from ${path}, running true`],
      { version: '1.68.2' },
      {
        kernel: { release: '6.1.0', ipv6: false },
        tasks: [taskOf('0123', { mode: 'awsvpc' })],
      },
    ),
    [line(block), now(block), 'awsvpc task web:3 0123 cannot reach the metadata service (IPv4)'],
  ],
]

for (const [behaviour, control, facts, says] of rows)
  t.test(behaviour, async t => t.same(asked(control, facts), says))

t.test('observe writes nothing', async t => {
  t.same(asked(imdsAwsvpc, host([`${block}= from default, running -`]), 'observe').slice(0, 1), [
    `${line(block)} (only reported); waits for ecs.service`,
  ])
})
