import type { Host } from '../host/host.js'
import type { Command } from '../model/command.js'
import { placesOf } from '../platforms/places.js'
import { scriptCommand } from '../windows/script.js'

/** A program that says back what it is told once it has the lock, and holds it until its standard input ends. */
export function lockCommand(host: Host, lockPath: string, waitSeconds: number): Command {
  if (placesOf(host).hasPosixTools)
    return { file: 'flock', args: ['--exclusive', '--timeout', String(waitSeconds), lockPath, 'cat'] }
  const args = ['-Path', lockPath, '-WaitSeconds', String(waitSeconds)]
  return scriptCommand(host.scripts(), 'Hold-Lock.ps1', args, { timeoutMs: 0 })
}
