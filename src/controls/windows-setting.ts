import type { Desired } from '../model/desired.js'
import type { WindowsSetting } from '../model/resource.js'
import type { Context } from './control.js'

/** What every control of Windows wants: its condition. */
export const settingOf = (
  { mode }: Context,
  setting: Omit<WindowsSetting, 'kind'>,
  over: Partial<Desired> = {},
): readonly Desired[] => [
  {
    resource: { kind: 'windows-setting', ...setting },
    state: 'set',
    reportOnly: mode === 'observe',
    ...over,
  },
]

/** The service whose restart makes a machine variable count. */
export const agentService = 'AmazonECS'

export const windowsPage =
  'Amazon ECS Developer Guide, "Task IAM role" (additional configuration for Amazon EC2 Windows instances)'
