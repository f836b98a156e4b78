import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import type { WindowsSetting } from '../model/resource.js'
import { parseSetting } from '../windows/answers.js'
import { answerOf, scriptCommand } from '../windows/script.js'
import type { ResourceKind } from './kind.js'

/** A condition that a script tests and sets. States: "set", or why it does not hold. */
export const windowsSetting: ResourceKind<WindowsSetting> = {
  id: resource => `windows ${nameOf(resource)}`,

  /** From the one run that told all facts: starting PowerShell takes longer than all that it is asked. */
  read(resource, look) {
    const answer = look.facts.windows?.settings.find(({ setting }) => setting === nameOf(resource))
    if (answer === undefined || answer.holds === null)
      return Promise.reject(untold(resource, answer?.because))
    return Promise.resolve(answer.holds ? 'set' : (answer.because ?? 'it does not hold'))
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      // What it was before taskfence is not known, so there is nothing of ours to take away.
      if (state !== null) await set(resource, host)
    }
  },
}

/** Address and route wait for the adapter and for each other's effect, half a minute each at most. */
const timeoutMs = 120_000

async function set(resource: WindowsSetting, host: Host): Promise<void> {
  const command = scriptCommand(host.scripts(), `settings\\${resource.setting}.ps1`, argumentsOf(resource), {
    timeoutMs,
  })
  const result = await host.run(command)
  const answer = parseSetting(nameOf(resource), answerOf(command, result))
  if (answer.holds === true) return
  throw new CommandError(command, result, {
    message: answer.because ?? 'it does not hold, and does not say why',
    ...(answer.hint === null ? {} : { hint: answer.hint }),
  })
}

const argumentsOf = ({ variable, subnet }: WindowsSetting): readonly string[] => [
  '-Set',
  ...(variable === undefined ? [] : ['-Name', variable]),
  ...(subnet === undefined ? [] : ['-Subnet', subnet]),
]

const nameOf = ({ setting, variable }: WindowsSetting): string =>
  variable === undefined ? setting : `${setting} ${variable}`

const untold = (resource: WindowsSetting, because: string | null | undefined): CommandError =>
  new CommandError({ file: `settings\\${resource.setting}.ps1`, args: ['-Test'] }, undefined, {
    message: because ?? 'it was not told',
  })
