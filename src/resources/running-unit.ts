import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import type { RunningUnit } from '../model/trace.js'
import type { ResourceKind } from './kind.js'

/** Only its end can be written. A daemon that systemd did not start is found by the lock it holds. */
export const runningUnit: ResourceKind<RunningUnit> = {
  id: ({ name }) => `running ${name}`,

  async read(unit, { host }) {
    if (await isActive(unit, host)) return 'active'
    const holder = await holderOf(unit, host)
    return holder === null ? null : `pid ${holder}`
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      if (state !== null) continue
      if (await isActive(resource, host)) await stop(resource, host)
      const holder = await holderOf(resource, host)
      if (holder === null) continue
      await must(host, { file: 'kill', args: ['-s', 'TERM', String(holder)] })
      await must(host, { file: 'flock', args: ['--timeout', '10', resource.lock ?? '', 'true'] })
    }
  },
}

/** The folder tells that systemd is what runs (sd_booted(3)). */
async function isActive({ name }: RunningUnit, host: Host): Promise<boolean> {
  if ((await host.files.stat('/run/systemd/system')) === null) return false
  const { stdout } = await host.run({ file: 'systemctl', args: ['is-active', name] })
  return ['active', 'activating', 'reloading'].includes(stdout.trim())
}

async function stop({ name }: RunningUnit, host: Host): Promise<void> {
  // It would take along whoever cannot be without it: Docker, where the policy said so.
  const shown = await host.run({ file: 'systemctl', args: ['show', '-p', 'RequiredBy', name] })
  const [, others = ''] = /^RequiredBy=(.+)$/m.exec(shown.stdout) ?? []
  const command = { file: 'systemctl', args: ['stop', name], timeoutMs: 30_000 }
  if (others !== '')
    throw new CommandError(command, undefined, { message: `${name} is left running: ${others} requires it` })
  await must(host, command)
}

/** Who holds the lock; null: nobody. Asking makes no lock that is not there. */
async function holderOf({ lock }: RunningUnit, host: Host): Promise<number | null> {
  if (lock === undefined || (await host.files.stat(lock)) === null) return null
  const { exitCode } = await host.run({ file: 'flock', args: ['--nonblock', lock, 'true'] })
  if (exitCode === 0) return null
  const told = (await host.files.read(`${lock}.holder`)) ?? ''
  const [, pid] = /"pid":(\d+)/.exec(told) ?? []
  if (pid === undefined)
    throw new CommandError({ file: 'flock', args: [lock] }, undefined, {
      message: `somebody holds ${lock}, and nobody tells who`,
      hint: `look with \`fuser ${lock}\``,
    })
  return Number(pid)
}

async function must(host: Host, command: CommandError['command']): Promise<void> {
  const result = await host.run({ timeoutMs: 15_000, ...command })
  if (result.exitCode !== 0) throw new CommandError(command, result)
}
