import { agentGate } from './agent-gate.js'
import type { Control } from './control.js'
import { agentService, settingOf, windowsPage } from './windows-setting.js'

export const windowsTaskEni: Control = {
  id: 'windows-task-eni',
  os: 'windows',
  title: 'The agent takes tasks that have a network interface of their own',
  why: 'Without ECS_ENABLE_TASK_ENI Amazon ECS places no task in awsvpc network mode on this host. Off unless the policy enforces it: not every host is to take such tasks.',
  source: windowsPage,
  byHand: [
    "[Environment]::SetEnvironmentVariable('ECS_ENABLE_TASK_ENI', 'true', 'Machine')",
    'Restart-Service AmazonECS',
  ],
  limits: [
    'Windows Server 2019 and later, IPv4 only.',
    'Counts once the service AmazonECS was restarted.',
    'windows-imds-awsvpc closes the metadata service for such tasks, and is set first.',
  ],

  skip: ({ facts }) =>
    facts.os.versionId === '2016'
      ? 'Windows Server 2016 has no awsvpc tasks'
      : agentGate(facts, 'settings for awsvpc tasks'),
  desire: context =>
    settingOf(context, { setting: 'variable', variable: 'ECS_ENABLE_TASK_ENI' }, { restart: agentService }),
  claims: () => [],
}
