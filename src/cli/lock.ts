import type { Child, Host } from '../host/host.js'
import { CommandError, FileError, TaskfenceError } from '../model/errors.js'
import { placesOf } from '../platforms/places.js'
import { lockCommand } from './lock-command.js'

/** Writers hold the first for the time of a write, the daemon the second for as long as it lives; the third is the audit log's. */
export type LockName = 'lock' | 'daemon' | 'audit'
/** Who holds a lock, for whoever waits in vain. The lock itself is the kernel's, not this file. */
const holderOf = (lockPath: string): string => `${lockPath}.holder`

export interface Holder {
  readonly pid: number
  /** As typed: "taskfence apply". */
  readonly command: string
}

export interface Lock {
  readonly release: () => Promise<void>
  /** Resolves once it is held no more: released, or its child was killed. */
  gone(): Promise<void>
}

/** As holdLock; answers with the release alone. */
export const takeLock = async (...of: Parameters<typeof holdLock>): Promise<Lock['release']> =>
  (await holdLock(...of)).release

/**
 * Takes a lock, the write lock where none is named. It is held by a child that reads from us, so it ends with this
 * program, however that ends. Rejects with E_BUSY after waitSeconds, and names the holder.
 */
export async function holdLock(
  host: Host,
  waitSeconds: number,
  holder: Holder,
  folder = placesOf(host).lockFolder,
  name: LockName = 'lock',
): Promise<Lock> {
  const lockPath = `${folder}/${name}`
  for (const parent of placesOf(host).above) await host.files.mkdir(parent, 0o755)
  await host.files.mkdir(folder, 0o700)
  await refuseLink(host, lockPath)
  const since = host.elapsedMs()
  const child = await host.start(lockCommand(host, lockPath, waitSeconds))
  try {
    child.send('held\n')
    if ((await child.line(waitSeconds * 1000 + 5000)) !== 'held')
      throw await refusal(child, host, { waitSeconds, since }, lockPath)
    await tellHolder(host, lockPath, holder)
  } catch (error) {
    await child.stop()
    throw error
  }
  return {
    release: async () => {
      try {
        await host.files.remove(holderOf(lockPath))
      } finally {
        await child.stop()
      }
    },
    // Where flock(1) alone was killed, what it started has the lock until its input ends, which Node closes with that.
    gone: () => child.gone,
  }
}

/** For whoever waits in vain, and for nothing else: where /run is full, rules are put back all the same. */
async function tellHolder(host: Host, lockPath: string, holder: Holder): Promise<void> {
  const text = JSON.stringify({ ...holder, since: host.now() })
  try {
    await host.files.write(holderOf(lockPath), text, { mode: 0o600 })
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    // What an earlier one left would name the wrong one.
    await host.files.remove(holderOf(lockPath))
  }
}

/** flock(1) would follow a link, and make a file where it points. */
async function refuseLink(host: Host, lockPath: string): Promise<void> {
  const found = await host.files.stat(lockPath)
  if (found !== null && found.kind !== 'file')
    throw new FileError(lockPath, `is ${words[found.kind]}, not a lock`, {
      hint: 'Look who made it, and remove it.',
    })
}

const words = { folder: 'a directory', link: 'a symbolic link', other: 'no regular file' } as const

async function refusal(
  child: Child,
  host: Host,
  { waitSeconds, since }: { readonly waitSeconds: number; readonly since: number },
  lockPath: string,
): Promise<TaskfenceError> {
  const hasWaited = host.elapsedMs() - since >= waitSeconds * 1000
  // Its last words may come after the end of its output.
  await child.gone
  const said = child.stderr().trim() || (child.pid === undefined ? 'flock is not installed' : '')
  if (said !== '' || !hasWaited) {
    return new CommandError({ file: 'flock', args: [lockPath] }, undefined, {
      message: `the lock ${lockPath} could not be taken: ${said || 'flock ended without a word'}`,
      hint: 'flock(1) is part of util-linux. Nothing was changed.',
    })
  }
  return new TaskfenceError('E_BUSY', `another run holds ${lockPath}${await holderWords(host, lockPath)}`, {
    hint: lockPath.endsWith('/daemon')
      ? 'One daemon watches a host. Nothing was changed.'
      : `Waited ${waitSeconds} s (--lock-wait). Nothing was changed: it repairs the same host.`,
  })
}

/** Empty when nobody tells: the holder may just have let go. */
async function holderWords(host: Host, lockPath: string): Promise<string> {
  try {
    const told = JSON.parse((await host.files.read(holderOf(lockPath))) ?? '') as Partial<
      Holder & { since: string }
    >
    const seconds = Math.round((host.now().getTime() - Date.parse(told.since ?? '')) / 1000)
    return ` (pid ${told.pid ?? 'unknown'}, \`${told.command ?? 'taskfence'}\`, ${seconds} s ago)`
  } catch {
    return ''
  }
}
