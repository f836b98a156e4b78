import type { Facts } from '../model/facts.js'
import type { Row } from './facts-text.js'

/** What `facts` tells of a Windows host alone. */
export const windowsRows = (facts: Facts): readonly Row[] => [
  ['system', undefined, `${facts.os.prettyName}, build ${facts.windows?.build ?? 'not told'}`],
  ['settings', 'windows', settingsWords(facts)],
  ['services', undefined, servicesWords(facts)],
  ['network', undefined, natWords(facts)],
  ['ECSTools', undefined, ecsToolsWords(facts)],
  [
    'docker',
    'docker',
    facts.docker === null ? 'does not answer' : `engine ${facts.docker.version ?? 'not told'}`,
  ],
]

/** What each script says of its condition. */
const settingsWords = ({ windows }: Facts): string =>
  (windows?.settings ?? [])
    // Their values stand among the agent's settings.
    .filter(({ setting }) => !setting.startsWith('variable '))
    .map(({ setting, holds, state, because }) =>
      holds === null
        ? `${setting}: could not tell: ${because ?? ''}`
        : `${setting}: ${holds ? (state ?? 'holds') : (because ?? 'does not hold')}`,
    )
    .join('\n')

const servicesWords = ({ windows }: Facts): string =>
  Object.entries(windows?.services ?? {})
    .map(([name, service]) =>
      service === null ? `no ${name}` : `${name} ${service.status}, starts ${service.startType}`,
    )
    .join('\n')

function natWords({ windows }: Facts): string {
  if (windows === undefined) return ''
  return [
    `adapters for the credentials address: ${windows.adapters.join(', ') || 'none'}`,
    `docker's network nat: ${windows.subnet ?? 'not told'}`,
    `port 80: ${windows.port80.map(({ address, program }) => `${program} on ${address}`).join(', ') || 'nobody'}`,
    ...(windows.excludedPorts.length === 0
      ? []
      : [`Windows keeps for itself: port ${windows.excludedPorts.join(', ')}`]),
  ].join('\n')
}

function ecsToolsWords({ windows }: Facts): string {
  const task = windows?.rebootTask ?? null
  const repair =
    task === null ? 'no scheduled task Initialize-ECSHostReboot' : `Initialize-ECSHostReboot is ${task}`
  return `${windows?.ecsTools ?? 'not there'}; ${repair}`
}
