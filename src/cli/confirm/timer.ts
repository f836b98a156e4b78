import type { Host } from '../../host/host.js'
import type { Command } from '../../model/command.js'
import { CommandError, TaskfenceError } from '../../model/errors.js'

/** Rejects where nobody would take anything back once this program is gone. */
export async function refuseWithoutSystemd(host: Host): Promise<void> {
  if ((await host.files.stat('/run/systemd/system')) !== null) return
  throw new TaskfenceError(
    'E_UNSUPPORTED',
    '--confirm-within needs a running systemd, whose timer takes back',
    {
      hint: 'Nothing was changed. Here `taskfence plan` before and `taskfence revert` after have to do.',
    },
  )
}

/** A timer of systemd: it does not end with this program, its terminal or its session. */
export async function armTimer(unit: string, seconds: number, program: Command, host: Host): Promise<void> {
  await must(host, [
    'systemd-run',
    `--unit=${unit}`,
    '--description=takes an unconfirmed taskfence apply back',
    `--on-active=${seconds}s`,
    '--timer-property=AccuracySec=100ms',
    '--',
    program.file,
    ...program.args,
    ...['revert', '--unconfirmed', '--lock-wait', '300'],
  ])
}

/** True also where it could not be told: whoever thinks that it is gone takes back before its time. */
export async function isArmed(unit: string, host: Host): Promise<boolean> {
  const args = ['is-active', `${unit}.timer`, `${unit}.service`]
  const { stdout } = await host.run({ file: 'systemctl', args, timeoutMs: 30_000 })
  const states = stdout.trim().split('\n')
  return states.length !== 2 || states.some(state => !over.has(state))
}

/** What systemctl(1) calls units that do nothing any more; it forgets a transient one that has ended well. */
const over = new Set(['inactive', 'failed', 'unknown'])

/** One that has gone off already is as good as stopped. */
export async function disarmTimer(unit: string, host: Host): Promise<void> {
  await host.run({ file: 'systemctl', args: ['stop', `${unit}.timer`], timeoutMs: 30_000 })
}

async function must(host: Host, [file = '', ...args]: readonly string[]): Promise<void> {
  const command = { file, args, timeoutMs: 30_000 }
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result, { hint: 'Nothing was changed.' })
}
