import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, FileError, TaskfenceError } from '../model/errors.js'
import type { Host } from './host.js'
import { elapsedMs } from './node-clock.js'
import { nodeFiles } from './node-files.js'

/**
 * A system that does not run, under a root folder: an image that is being made, a mounted disk. It has files and
 * nothing else: no program answers, nobody listens. Rejects with E_USAGE for what is no such folder.
 */
export function offlineHost(folder: string): Host {
  const root = rootOf(folder)
  const reading = (path: string) => resolveIn(root, path, { followLast: true, writing: false })
  const looking = (path: string) => resolveIn(root, path, { followLast: false, writing: false })
  const writing = (path: string) => resolveIn(root, path, { followLast: false, writing: true })
  // Rejections, not exceptions: that is what a Host promises.
  return {
    osFamily: 'linux',
    run: command => Promise.resolve({ exitCode: 127, stdout: '', stderr: `${command.file}: not found\n` }),
    find: () => Promise.resolve(null),
    start: command => Promise.reject(new CommandError(command, undefined)),
    http: () => Promise.resolve(null),
    files: {
      read: async path => nodeFiles.read(reading(path)),
      readText: async path => nodeFiles.readText(reading(path)),
      list: async path => nodeFiles.list(reading(path)),
      link: async path => nodeFiles.link(looking(path)),
      stat: async path => nodeFiles.stat(looking(path)),
      edit: async (path, change) => nodeFiles.edit(writing(path), change),
      mkdir: async (path, mode) => nodeFiles.mkdir(writing(path), mode),
      poke: async (path, text) => nodeFiles.poke(writing(path), text),
      write: async (path, text, options) => nodeFiles.write(writing(path), text, options),
      symlink: async (path, target) => nodeFiles.symlink(writing(path), target),
      remove: async path => nodeFiles.remove(writing(path)),
      removeFolder: async path => nodeFiles.removeFolder(writing(path)),
    },
    scripts: () => '',
    now: () => new Date(),
    elapsedMs,
  }
}

function rootOf(folder: string): string {
  const refuse = (why: string) =>
    new TaskfenceError('E_USAGE', `--root ${folder}: ${why}`, {
      hint: "It wants an image's root folder. Nothing was changed.",
    })
  try {
    const found = statSync(folder, { throwIfNoEntry: false })
    if (found === undefined) throw refuse('no such folder')
    if (!found.isDirectory()) throw refuse('is not a folder')
    const own = statSync('/')
    // By its number too: a bind mount of / has another name.
    if (found.dev === own.dev && found.ino === own.ino) throw refuse('is the root folder of this machine')
    return realpathSync(folder)
  } catch (error) {
    if (error instanceof TaskfenceError) throw error
    throw refuse((error as Error).message)
  }
}

/**
 * The path on this machine. Links are followed as the booted system will follow them: an absolute one begins at the
 * root. Nothing is read above the root, and nothing written where this machine would be led out of it.
 */
function resolveIn(
  root: string,
  path: string,
  { followLast, writing }: { readonly followLast: boolean; readonly writing: boolean },
): string {
  const rest = path.split('/')
  let done: readonly string[] = []
  for (let links = 0; ;) {
    const step = rest.shift()
    if (step === undefined) return join(root, ...done)
    if (step === '' || step === '.') continue
    if (step === '..') {
      if (done.length === 0) throw leadsOut(root, path)
      done = done.slice(0, -1)
      continue
    }
    const target = rest.length > 0 || followLast ? linkAt(join(root, ...done, step)) : null
    if (target === null) {
      done = [...done, step]
      continue
    }
    if (target.startsWith('/')) {
      if (writing) throw leadsOut(root, path)
      done = []
    }
    // As many as the kernel follows (path_resolution(7)).
    if (++links > 40) throw new FileError(path, 'too many symbolic links')
    rest.unshift(...target.split('/'))
  }
}

function linkAt(path: string): string | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : null
  } catch (error) {
    throw new FileError(path, (error as Error).message, { cause: error })
  }
}

const leadsOut = (root: string, path: string): FileError =>
  new FileError(path, `a symbolic link on the way leads out of ${root}`, {
    hint: 'look who made it; a relative link that stays inside is followed',
  })
