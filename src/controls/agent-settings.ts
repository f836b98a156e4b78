import { agentSwitch } from '../ecs-config/switch.js'
import type { AgentSetting } from '../model/agent-facts.js'
import type { AgentSettingClaim } from '../model/claim.js'
import type { Desired } from '../model/desired.js'
import type { Facts } from '../model/facts.js'
import type { Context } from './control.js'

/** The last file that ecs-init reads, on every packaging: its word counts. */
export const settingsFile = '/etc/ecs/ecs.config'

/** Why there is nothing to set; an agent that could not be told is none. */
export const noAgent = (facts: Facts): string | undefined =>
  facts.agent === null && facts.unknown.agent === undefined ? 'no ECS agent is installed here' : undefined

/** The line that turns a switch on, where it is not on without it. Only ecs-init reads the file. */
export function desiredSetting({ facts, mode }: Context, name: string): readonly Desired[] {
  if (facts.agent?.runsAs !== 'ecs-init') return []
  const setting = settingOf(facts, name)
  const elsewhere = isOnNext(setting) && setting?.source !== settingsFile
  const waits = waitsForRestart(facts, setting) && facts.agent.unit !== null
  if (elsewhere && !waits) return []
  return [
    {
      resource: { kind: 'agent-setting', path: settingsFile, name },
      state: elsewhere ? null : 'true',
      reportOnly: mode === 'observe',
      ...(waits ? { restart: facts.agent.unit, waits } : {}),
    },
  ]
}

/** Of the agent that runs; of the one that starts next where none runs, or where it has what this one waits for. */
export function settingClaim(facts: Facts, name: string): AgentSettingClaim {
  const setting = settingOf(facts, name)
  const pending = waitsForRestart(facts, setting) && isOnNext(setting)
  return {
    kind: 'agent-setting',
    name,
    agent: facts.agent?.running === false || pending ? 'next' : 'running',
  }
}

/** Told, and off now and after the next start. */
export function isOff(facts: Facts, name: string): boolean {
  const setting = settingOf(facts, name)
  if (setting === undefined || isOn(setting.value)) return false
  const isTold = facts.agent?.running !== true || setting.running !== undefined
  return isTold && !isOn(setting.running ?? null)
}

const settingOf = (facts: Facts, name: string): AgentSetting | undefined =>
  facts.agentConfig?.settings.find(setting => setting.name === name)

/** What the agent reads from its JSON file is not to be seen in its environment, so it proves nothing. */
const isOnNext = (setting: AgentSetting | undefined): boolean =>
  setting !== undefined && !setting.source.endsWith('.json') && isOn(setting.value)

const waitsForRestart = (facts: Facts, setting: AgentSetting | undefined): boolean =>
  facts.agent?.running === true && setting?.running !== undefined && !isOn(setting.running)

const isOn = (value: string | null): boolean => value !== null && agentSwitch(value) === true
