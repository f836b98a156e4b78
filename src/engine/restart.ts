import type { Host } from '../host/host.js'
import type { Command } from '../model/command.js'
import { CommandError, TaskfenceError } from '../model/errors.js'
import type { Platform } from '../platforms/platform.js'

/** For whoever waits: a line now and then. */
export type Progress = (text: string) => void

/** queued: systemd does it as soon as cloud-init has ended. */
export type Restarted = 'restarted' | 'queued'

/**
 * The exact command. While cloud-init runs the unit only queues: it starts after cloud-final.service, whose script would
 * be waiting for it (amazon-ecs-agent#1707).
 */
export async function restartCommand(
  unit: string,
  platform: Platform,
  host: Host,
): Promise<Command & { readonly later: boolean }> {
  const later = await cloudInitRuns(host)
  return { ...platform.restart(unit, later), timeoutMs: 200_000, later }
}

/** Both are made anew at each boot; the result comes last (cloud-init, cmd/main.py). */
async function cloudInitRuns(host: Host): Promise<boolean> {
  const names = (await host.files.list('/run/cloud-init')) ?? []
  return names.includes('status.json') && !names.includes('result.json')
}

/** Resolves once the agent answers again. Rejects with a CommandError that says what is wrong. */
export async function restart(
  unit: string,
  platform: Platform,
  host: Host,
  progress: Progress,
  pauseMs = 1000,
): Promise<Restarted> {
  const { later, ...command } = await restartCommand(unit, platform, host)
  const argv = [command.file, ...command.args].join(' ')
  progress(argv)
  const look = { hint: `look at \`journalctl -u ${unit}\` and at /var/log/ecs` }
  const result = await withProgress(host.run(command), `waiting for \`${argv}\``, progress)
  if (result.exitCode !== 0) throw new CommandError(command, result, look)
  if (later) return 'queued'
  for (let turn = 1; turn <= patience; turn += 1) {
    if (await answers(host)) return 'restarted'
    const state = await stateOf(unit, host)
    const message = `${unit} has restarted and is ${state}`
    if (/^(failed|inactive)/.test(state)) throw new CommandError(command, undefined, { ...look, message })
    if (turn % 10 === 0) progress(`waiting for the agent to answer: ${turn} of ${patience} s`)
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
  const message = `${unit} has restarted, and its agent does not answer on 127.0.0.1:51678`
  throw new CommandError(command, undefined, { ...look, message })
}

/** Asked as often, a second apart. The agent answers once it is registered with ECS. */
const patience = 120

async function withProgress<T>(work: Promise<T>, words: string, progress: Progress): Promise<T> {
  let seconds = 0
  const clock = setInterval(() => {
    progress(`${words}: ${(seconds += 10)} s`)
  }, 10_000)
  try {
    return await work
  } finally {
    clearInterval(clock)
  }
}

async function answers(host: Host): Promise<boolean> {
  try {
    return (
      (await host.http({ address: '127.0.0.1', port: 51678, path: '/v1/metadata', timeoutMs: 2000 })) !== null
    )
  } catch (error) {
    if (error instanceof TaskfenceError) return false
    throw error
  }
}

/** "active", "activating", "failed (exit-code)". */
async function stateOf(unit: string, host: Host): Promise<string> {
  const { stdout } = await host.run({
    file: 'systemctl',
    args: ['show', '-p', 'ActiveState', '-p', 'Result', unit],
  })
  const [, state = 'in a state that systemctl does not tell'] = /^ActiveState=(.*)$/m.exec(stdout) ?? []
  const [, result = 'success'] = /^Result=(.*)$/m.exec(stdout) ?? []
  return result === 'success' ? state : `${state} (${result})`
}
