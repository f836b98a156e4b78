import { agentSwitch } from '../ecs-config/switch.js'
import type { Look } from '../look/look.js'
import type { AgentSetting } from '../model/agent-facts.js'
import type { AgentSettingClaim, Proof } from '../model/claim.js'

/** By what the agent was given, or will be: what it makes of it is the agent's own reading of a switch. */
// eslint-disable-next-line @typescript-eslint/require-await -- other promises take a look
export async function provenAgentSetting(claim: AgentSettingClaim, { facts }: Look): Promise<Proof> {
  const { agent, agentConfig, unknown } = facts
  const setting = agentConfig?.settings.find(({ name }) => name === claim.name)
  if (setting === undefined)
    return { holds: null, because: unknown.agentConfig ?? 'the settings of the agent were not told' }
  if (claim.agent === 'next') return isOn(setting.value) ? from(setting) : without(setting)
  if (setting.running === undefined)
    return {
      holds: null,
      because: unknown.agentConfig ?? unknown.docker ?? 'the settings of the running agent were not told',
    }
  if (isOn(setting.running)) return { holds: true, evidence: `${claim.name}=${setting.running ?? ''}` }
  if (agent?.runsAs !== 'container') return without(setting)
  return {
    holds: false,
    because: `its container was made ${madeWith(setting)}: \`docker run\` needs \`--env ${claim.name}=true\``,
  }
}

const madeWith = ({ name, running }: AgentSetting): string =>
  running == null ? 'without it' : `with ${name}=${running}`

const isOn = (value: string | null): boolean => value !== null && agentSwitch(value) === true

const from = ({ name, value, source }: AgentSetting): Proof => ({
  holds: true,
  evidence: `${source}: ${name}=${value ?? ''}`,
})

const without = ({ name, value, source }: AgentSetting): Proof => ({
  holds: false,
  because: value === null ? `nothing sets ${name}` : `${source} says ${name}=${value}`,
})
