import type { Control } from './control.js'
import { settingOf, windowsPage } from './windows-setting.js'

export const windowsPortproxy: Control = {
  id: 'windows-portproxy',
  os: 'windows',
  title: 'What tasks send to 169.254.170.2 comes to the agent',
  why: 'The agent listens on 127.0.0.1:51679, tasks ask 169.254.170.2:80. An entry of the port proxy survives a restart of the host; what it listened on does not.',
  source: windowsPage,
  byHand: [
    'netsh interface portproxy delete v4tov4 listenaddress=169.254.170.2 listenport=80',
    'netsh interface portproxy add v4tov4 listenaddress=169.254.170.2 listenport=80 connectaddress=127.0.0.1 connectport=51679',
  ],
  limits: [
    'Other entries that lead to the agent are removed: they would hand credentials to whoever reaches them.',
    'A container in nat mode also needs a route to 169.254.170.2: see docs/windows.md.',
  ],

  desire: context => settingOf(context, { setting: 'portproxy' }),
  claims: () => [{ kind: 'endpoint', address: '169.254.170.2', port: 80, path: '/v2/credentials' }],
}
