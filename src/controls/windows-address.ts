import type { Control } from './control.js'
import { settingOf, windowsPage } from './windows-setting.js'

export const windowsAddress: Control = {
  id: 'windows-address',
  os: 'windows',
  title: 'This host has 169.254.170.2 on the adapter of docker\u2019s network nat',
  why: 'Tasks ask for their credentials at 169.254.170.2. The address is gone after every restart of the host, while the port proxy that listened on it is not.',
  source: windowsPage,
  byHand: [
    'netsh interface portproxy delete v4tov4 listenaddress=169.254.170.2 listenport=80',
    "New-NetIPAddress -IPAddress 169.254.170.2 -PrefixLength 32 -InterfaceAlias 'vEthernet (nat)' -PolicyStore ActiveStore",
  ],
  limits: ['Made again after each restart of the host, and whenever docker makes its network anew.'],

  desire: context => settingOf(context, { setting: 'address' }),
  claims: () => [],
}
