import { agentSwitch } from '../ecs-config/switch.js'
import { editEcsConfig } from '../ecs-config/edit.js'
import { readEcsConfig } from '../ecs-config/read.js'
import type { AgentSettingKey, State } from '../model/resource.js'
import type { ResourceKind } from './kind.js'

/** A key of a settings file. What the running agent has is another question. */
export const agentSetting: ResourceKind<AgentSettingKey> = {
  id: ({ path, name }) => `setting ${name} in ${path}`,

  async read({ path, name }, look, wanted) {
    const text = await look.host.files.readText(path)
    const value = readEcsConfig(text ?? '').get(name) ?? null
    return sameToTheAgent(value, wanted) ? wanted : value
  },

  async write(writes, host) {
    const path = writes[0]?.resource.path
    if (path === undefined) return
    const isWanted = writes.some(({ state }) => state !== null)
    if (!isWanted && (await host.files.readText(path)) === null) return
    if (isWanted) await host.files.mkdir(path.slice(0, path.lastIndexOf('/')), 0o755)
    await host.files.edit(path, text =>
      writes.reduce((edited, { resource, state }) => editEcsConfig(edited, resource.name, state), text ?? ''),
    )
  },

  batch: ({ path }) => `settings in ${path}`,
}

/** "1" and "True" are as good as "true". */
function sameToTheAgent(value: State, wanted: State): boolean {
  if (value === null || wanted === null) return false
  const meaning = agentSwitch(value)
  return meaning !== null && meaning === agentSwitch(wanted)
}
