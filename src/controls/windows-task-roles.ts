import { agentGate } from './agent-gate.js'
import type { Control } from './control.js'
import { agentService, settingOf, windowsPage } from './windows-setting.js'

export const windowsTaskRoles: Control = {
  id: 'windows-task-roles',
  os: 'windows',
  title: 'The agent takes tasks that have a role',
  why: 'Without ECS_ENABLE_TASK_IAM_ROLE the agent does not say that it can, and Amazon ECS places no task with a role on this host.',
  source: windowsPage,
  byHand: [
    "[Environment]::SetEnvironmentVariable('ECS_ENABLE_TASK_IAM_ROLE', 'true', 'Machine')",
    'Restart-Service AmazonECS',
  ],
  limits: [
    'Counts once the service AmazonECS was restarted.',
    'What the agent that runs was started with is not read: Windows shows it to native code alone.',
  ],

  skip: ({ facts }) => agentGate(facts, 'task roles'),
  desire: context =>
    settingOf(
      context,
      { setting: 'variable', variable: 'ECS_ENABLE_TASK_IAM_ROLE' },
      { restart: agentService },
    ),
  claims: () => [],
}
