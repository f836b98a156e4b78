import type { Facts } from '../model/facts.js'

/** "Amazon Linux 2023 · ECS agent 1.105.1 · Docker 25.0.16 · iptables 1.8.8 nf_tables" */
export const header = (facts: Facts): string =>
  [facts.os.prettyName, agent(facts), docker(facts), tool(facts)].join(' \u00b7 ')

function agent({ agent: found, unknown }: Facts): string {
  if (unknown.agent !== undefined) return 'ECS agent: cannot tell'
  if (found === null) return 'no ECS agent'
  const name = ['ECS agent', found.version].filter(word => word !== null).join(' ')
  return found.running ? name : `${name} (not running)`
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
    : facts.windows.ecsTools === null
      ? 'no ECSTools'
      : `ECSTools ${facts.windows.ecsTools}`

function iptables({ iptables: found, unknown }: Facts): string {
  if (unknown.iptables !== undefined) return 'iptables: cannot tell'
  return found === null ? 'no iptables' : `iptables ${found.version} ${found.backend}`
}
