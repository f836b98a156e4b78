import type { Control } from './control.js'
import { settingOf, windowsPage } from './windows-setting.js'

export const windowsRoute: Control = {
  id: 'windows-route',
  os: 'windows',
  title: 'Answers to tasks leave by docker\u2019s network nat',
  why: 'What comes from 169.254.170.2 needs a way to the network the tasks are in. The route is gone after every restart of the host.',
  source: windowsPage,
  byHand: [
    "New-NetRoute -DestinationPrefix (docker network inspect nat -f '{{(index .IPAM.Config 0).Subnet}}') -InterfaceAlias 'vEthernet (nat)' -PolicyStore ActiveStore",
  ],
  limits: ['Could not be told while docker does not answer.'],

  desire: context =>
    settingOf(context, {
      setting: 'route',
      ...(context.facts.windows?.subnet == null ? {} : { subnet: context.facts.windows.subnet }),
    }),
  claims: () => [],
}
