import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import { platformFor } from '../platforms/index.js'
import { placesOf } from '../platforms/places.js'
import { parseSetting } from '../windows/answers.js'
import { answerOf, scriptCommand } from '../windows/script.js'
import { clusterOf } from './cluster.js'
import type { Call } from './command.js'
import { takeLock } from './lock.js'
import { usage } from './options.js'

/** It stops and starts the agent, and may fetch another. */
const timeoutMs = 15 * 60_000

/** AWS's own set-up of a Windows host, under the write lock. Rejects with a CommandError where it did not end well. */
export async function initialize(call: Call): Promise<void> {
  const { options, parts, pid } = call
  const host = await parts.host()
  if (placesOf(host).hasPosixTools) throw usage('--initialize is for Windows alone', 'apply')
  const args = await argumentsOf(call, host)
  const command = scriptCommand(host.scripts(), 'Initialize-Agent.ps1', args, { timeoutMs })
  const release = await takeLock(host, options.lockWaitSeconds, {
    ...{ pid, command: 'taskfence apply --initialize' },
  })
  try {
    const result = await host.run(command)
    const { holds, because, hint } = parseSetting('Initialize-Agent.ps1', answerOf(command, result))
    if (holds === true) return
    const message = `ECSTools did not set this host up: ${because ?? 'it does not say why'}`
    throw new CommandError(command, result, hint === null ? { message } : { message, hint })
  } finally {
    await release()
  }
}

/** Whoever may not, a Windows that is not supported and a policy that is none are refused here, before anything is done. */
async function argumentsOf(call: Call, host: Host): Promise<readonly string[]> {
  const { cluster } = call.options
  const named = cluster === undefined ? [] : ['-Cluster', clusterOf(cluster, 'apply')]
  const { controls } = await call.policy()
  const { os } = await call.parts.detect(host)
  platformFor(os)
  const takesTaskEni = controls['windows-task-eni'] === 'enforce' && os.versionId !== '2016'
  return takesTaskEni ? [...named, '-TaskEni'] : named
}
