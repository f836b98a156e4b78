import type { Control } from './control.js'
import { agentService, settingOf } from './windows-setting.js'

export const windowsImdsAwsvpc: Control = {
  id: 'windows-imds-awsvpc',
  os: 'windows',
  title: 'The agent keeps awsvpc tasks from the instance metadata service',
  why: 'The metadata service hands out the role of the instance, which is stronger than that of any task. A task with a network interface of its own is closed only by the agent, when it starts the task.',
  source: 'Amazon ECS Developer Guide, "Task IAM role" (ECS_AWSVPC_BLOCK_IMDS)',
  byHand: ["[Environment]::SetEnvironmentVariable('ECS_AWSVPC_BLOCK_IMDS', 'true', 'Machine')"],
  limits: [
    'IPv4 only: 169.254.169.254. Windows tasks have no IPv6.',
    'Tasks in nat mode are not closed by it: their containers reach the metadata service once they have a route to it.',
    'Counts for tasks that start after the agent was restarted.',
  ],

  skip({ facts, policy }) {
    if (facts.os.versionId === '2016') return 'Windows Server 2016 has no awsvpc tasks'
    if (policy.controls['windows-task-eni'] === 'enforce') return undefined
    const variables = facts.windows?.variables
    // What cannot be told is no reason to leave it out.
    if (variables == null) return undefined
    const taskEni = variables['ECS_ENABLE_TASK_ENI']
    if (/^(1|t|true)$/i.test(taskEni?.trim() ?? '')) return undefined
    return 'ECS_ENABLE_TASK_ENI is not true, so this host takes no awsvpc tasks'
  },

  desire(context) {
    return settingOf(
      context,
      { setting: 'variable', variable: 'ECS_AWSVPC_BLOCK_IMDS' },
      { restart: agentService },
    )
  },

  claims: () => [],
}
