import type { TaskMetadataClaim } from '../model/claim.js'
import type { TaskFacts } from '../model/agent-facts.js'
import type { Facts, IpFamily } from '../model/facts.js'
import { agentGate } from './agent-gate.js'
import { desiredSetting, isOff, noAgent, settingClaim } from './agent-settings.js'
import type { Control } from './control.js'
import { familiesOf } from './places.js'

const block = 'ECS_AWSVPC_BLOCK_IMDS'
const ipv6Block = 'a block of the IPv6 metadata service for awsvpc tasks'

export const imdsAwsvpc: Control = {
  id: 'imds-awsvpc',
  title: 'The agent closes the instance metadata service to awsvpc tasks',
  why: 'A task with a network interface of its own sends nothing through the forward hook of this host, so no rule here can cut it. The agent can: with ECS_AWSVPC_BLOCK_IMDS it puts routes of type blackhole into the network namespace of each task that it starts.',
  source:
    'Amazon ECS Developer Guide, "Amazon ECS container agent configuration", ECS_AWSVPC_BLOCK_IMDS; IPv6 since agent 1.69.0',
  byHand: [
    `echo ${block}=true >> /etc/ecs/ecs.config`,
    'systemctl restart ecs   # amazon-ecs on SUSE; --no-block in user data',
    `docker run --env ${block}=true …   # an agent without ecs-init`,
    'nsenter --target PID --net ip route get 169.254.169.254   # in a running task: "Invalid argument" is the blackhole',
  ],
  limits: [
    'Tasks that ran before stay open until they are replaced: each is a promise of its own, proven in its network namespace.',
    'A task with NET_ADMIN can take the routes away. The next check tells.',
    'A setting counts when the agent was started with it. Until then the report says "restart needed"; `apply --restart-agent` does it.',
    'AWSVPCBlockInstanceMetdata in ecs.config.json is not relied on: that the running agent has it cannot be seen.',
    'Does not apply to ECS Anywhere, where there are no awsvpc tasks.',
  ],

  skip: ({ facts }) => noAgent(facts) ?? agentGate(facts, 'settings for awsvpc tasks') ?? noTasks(facts),

  desire: context => desiredSetting(context, block),

  claims: ({ facts }) => [
    settingClaim(facts, block),
    ...awsvpcTasks(facts).map((task): TaskMetadataClaim => ({
      kind: 'task-metadata',
      task: task.arn,
      name: nameOf(task),
      families: blockedFamilies(facts),
      namespacePid: task.namespacePid,
    })),
  ],

  notes({ facts }) {
    const gate = agentGate(facts, ipv6Block)
    return gate === undefined || facts.kernel?.ipv6 === false
      ? []
      : [`${gate}: tasks that have IPv6 reach fd00:ec2::254`]
  },
}

/** Not by what runs now: by whether this agent can run any. */
function noTasks(facts: Facts): string | undefined {
  if (awsvpcTasks(facts).length > 0) return undefined
  if (facts.agentConfig?.external === true) return 'ECS Anywhere runs no awsvpc tasks'
  return isOff(facts, 'ECS_ENABLE_TASK_ENI')
    ? 'ECS_ENABLE_TASK_ENI is off: this agent runs no awsvpc tasks'
    : undefined
}

const awsvpcTasks = (facts: Facts): readonly TaskFacts[] =>
  (facts.tasks ?? []).filter(({ mode }) => mode === 'awsvpc')

const blockedFamilies = (facts: Facts): readonly IpFamily[] =>
  agentGate(facts, ipv6Block) === undefined ? familiesOf(facts) : ['ipv4']

/** "web:3 0123abcd": a family has many tasks, and the beginning of an id tells them apart. */
const nameOf = ({ arn, family, revision }: TaskFacts): string =>
  [
    ...(family === null ? [] : [revision === null ? family : `${family}:${revision}`]),
    arn.replace(/.*\//, '').slice(0, 8),
  ].join(' ')
