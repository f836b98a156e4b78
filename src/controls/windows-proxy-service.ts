import type { Control } from './control.js'
import { settingOf, windowsPage } from './windows-setting.js'

export const windowsProxyService: Control = {
  id: 'windows-proxy-service',
  os: 'windows',
  title: 'IP Helper runs, and port 80 is free for it',
  why: 'The port proxy that leads tasks to the agent is part of the service IP Helper (iphlpsvc). What else listens on port 80 of every address keeps it from listening there.',
  source: windowsPage,
  byHand: [
    'Set-Service iphlpsvc -StartupType Automatic',
    'Start-Service iphlpsvc',
    'Get-NetTCPConnection -State Listen -LocalPort 80',
  ],
  limits: [
    'No task can have port 80 of the host: use another host port behind a load balancer.',
    'A web server on port 80 is named and left alone.',
  ],

  desire: context => settingOf(context, { setting: 'proxy-service' }),
  claims: () => [],

  notes({ facts }) {
    const kept = facts.windows?.excludedPorts ?? []
    if (kept.length === 0) return []
    return [
      `Windows keeps port ${kept.join(', ')} for itself, so nobody can listen there: see "excluded ports" in docs/windows.md`,
    ]
  },
}
