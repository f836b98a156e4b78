import type { Control } from './control.js'
import { settingOf, windowsPage } from './windows-setting.js'

export const windowsFirewall: Control = {
  id: 'windows-firewall',
  os: 'windows',
  title: 'The Windows firewall lets tasks in to the agent\u2019s port 51679',
  why: 'The agent answers for credentials on port 51679.',
  source: windowsPage,
  byHand: [
    "New-NetFirewallRule -DisplayName 'Allow Inbound Port 51679' -Direction Inbound -Protocol TCP -LocalPort 51679 -Action Allow",
  ],
  limits: [
    'Known by its display name, as ECSTools makes it: a rule of another name is neither counted nor removed.',
  ],

  desire: context => settingOf(context, { setting: 'firewall' }),
  claims: () => [],
}
