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
  windows?.services == null
    ? 'not told'
    : Object.entries(windows.services)
        .map(([name, service]) =>
          service === null ? `no ${name}` : `${name} ${service.status}, starts ${service.startType}`,
        )
        .join('\n')

function natWords({ windows }: Facts): string {
  if (windows === undefined) return ''
  const { adapters, port80, excludedPorts } = windows
  const listeners = port80?.map(({ address, program }) => `${program} on ${address}`)
  return [
    `adapters for the credentials address: ${listWords(adapters, 'none')}`,
    `docker's network nat: ${windows.subnet ?? 'not told'}`,
    `port 80: ${listWords(listeners, 'nobody')}`,
    ...(excludedPorts?.length === 0
      ? []
      : [
          `Windows keeps for itself: ${excludedPorts === null ? '' : 'port '}${listWords(excludedPorts, '')}`,
        ]),
  ].join('\n')
}

const listWords = (list: readonly unknown[] | null | undefined, none: string): string =>
  list == null ? 'not told' : list.join(', ') || none

function ecsToolsWords({ windows }: Facts): string {
  if (windows === undefined) return ''
  const { ecsTools, rebootTask, unknown } = windows
  const version = ecsTools ?? (unknown['ecsTools'] === undefined ? 'not there' : 'not told')
  if (rebootTask !== null) return `${version}; Initialize-ECSHostReboot is ${rebootTask}`
  return unknown['rebootTask'] === undefined
    ? `${version}; no scheduled task Initialize-ECSHostReboot`
    : `${version}; whether there is a scheduled task Initialize-ECSHostReboot was not told`
}
