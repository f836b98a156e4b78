import { CommandError } from '../model/errors.js'
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
export async function initialize({ options, parts, pid }: Call): Promise<void> {
  const host = await parts.host()
  if (placesOf(host).hasPosixTools) throw usage('--initialize is for Windows alone', 'apply')
  const { cluster } = options
  const args = cluster === undefined ? [] : ['-Cluster', clusterOf(cluster, 'apply')]
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
