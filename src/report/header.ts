import { networkModes } from '../model/agent-facts.js'
import type { Facts } from '../model/facts.js'
import type { Report } from '../model/report.js'
import { wrap } from './layout.js'

/** "Amazon Linux 2023 · ECS agent 1.105.1 (ecs-init) · Docker 25.0.16 · iptables 1.8.8 nf_tables · tasks: 3 bridge, 1 host" */
export function header({ facts, image }: Pick<Report, 'facts' | 'image'>, width: number): string {
  const system = facts.os.prettyName
  const parts =
    image === undefined
      ? [system, agent(facts), docker(facts), tool(facts), ...tasks(facts)]
      : [system, `image under ${image}`]
  // A line ends between two parts, never in one.
  const whole = parts.map(part => part.replaceAll(' ', '\u00a0'))
  return wrap('', whole.join('\u00a0\u00b7 '), width).replaceAll('\u00a0', ' ')
}

function agent({ agent: found, agentConfig, unknown }: Facts): string {
  if (unknown.agent !== undefined) return 'ECS agent: cannot tell'
  if (found === null) return 'no ECS agent'
  const name = ['ECS agent', found.version].filter(word => word !== null).join(' ')
  const more = [
    ...(found.runsAs === null ? [] : [found.runsAs === 'container' ? 'by hand' : found.runsAs]),
    ...(agentConfig?.external === true ? ['ECS Anywhere'] : []),
    ...(found.running ? [] : ['not running']),
  ]
  return more.length === 0 ? name : `${name} (${more.join(', ')})`
}

function docker({ docker: found, unknown }: Facts): string {
  if (found?.version != null) return `Docker ${found.version}`
  if (unknown.docker !== undefined) return 'Docker: cannot tell'
  return found === null ? 'no Docker' : 'Docker: does not answer'
}

/** What the set-up is made with. */
const tool = (facts: Facts): string =>
  facts.windows === undefined
    ? iptables(facts)
    : facts.windows.ecsTools !== null
      ? `ECSTools ${facts.windows.ecsTools}`
      : facts.windows.unknown['ecsTools'] === undefined
        ? 'no ECSTools'
        : 'ECSTools: cannot tell'

function iptables({ iptables: found, unknown }: Facts): string {
  // One of its families may be all that could not be told.
  if (found !== null) return `iptables ${found.version} ${found.backend}`
  return unknown.iptables === undefined ? 'no iptables' : 'iptables: cannot tell'
}

/** By network mode; nothing is said where there is no Docker. */
function tasks({ tasks: found, unknown }: Facts): readonly string[] {
  if (found === null) return unknown.tasks === undefined ? [] : ['tasks: cannot tell']
  const counts = [...networkModes, null].flatMap(mode => {
    const number = found.filter(task => task.mode === mode).length
    return number === 0 ? [] : [`${number} ${mode ?? 'in an untold mode'}`]
  })
  return [counts.length === 0 ? 'no tasks' : `tasks: ${counts.join(', ')}`]
}
