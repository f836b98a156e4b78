import type { Claim } from '../model/claim.js'
import type { Facts } from '../model/facts.js'
import { agentGate } from './agent-gate.js'
import { desiredSetting, noAgent, settingClaim } from './agent-settings.js'
import type { Control } from './control.js'

export const agentTaskRoles: Control = {
  id: 'agent-task-roles',
  title: 'The agent hands out the roles of tasks, those in host network mode too',
  why: 'Rules only carry a request to the agent. An agent with ECS_ENABLE_TASK_IAM_ROLE off does not offer the capability, and ECS places no task with a role here; ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST is the same for tasks in host network mode.',
  source:
    'Amazon ECS Developer Guide, "Task IAM role" and "Amazon ECS container agent configuration"; ecs-init 1.11.0 and 1.12.0 set both',
  byHand: [
    'echo ECS_ENABLE_TASK_IAM_ROLE=true >> /etc/ecs/ecs.config                # only where a file turns it off: ecs-init sets it',
    'echo ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true >> /etc/ecs/ecs.config   # the same',
    'systemctl restart ecs                                                    # amazon-ecs on SUSE; --no-block in user data',
    'docker run --net=host --env ECS_ENABLE_TASK_IAM_ROLE=true --env ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true …   # an agent without ecs-init',
  ],
  limits: [
    'A setting counts when the agent was started with it. Until then the report says "restart needed"; `apply --restart-agent` does it.',
    "An agent that somebody runs with `docker run` is never made anew, and its settings are nobody's file: what its `docker run` lacks is told.",
    'Off does not close 127.0.0.1:51679: the agent answers there all the same.',
  ],

  skip: ({ facts }) => noAgent(facts) ?? agentGate(facts, 'task roles'),

  desire: context => switches(context.facts).flatMap(name => desiredSetting(context, name)),

  claims: ({ facts }): readonly Claim[] => [
    ...switches(facts).map(name => settingClaim(facts, name)),
    ...(facts.agent?.runsAs === 'container' ? [{ kind: 'agent-network' } as const] : []),
  ],

  notes({ facts }) {
    const gate = agentGate(facts, hostMode)
    return gate === undefined || agentGate(facts, 'task roles') !== undefined
      ? []
      : [`${gate}: such tasks get no role of their own`]
  },
}

const hostMode = 'task roles in host network mode'

const switches = (facts: Facts): readonly string[] => [
  'ECS_ENABLE_TASK_IAM_ROLE',
  ...(agentGate(facts, hostMode) === undefined ? ['ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST'] : []),
]
