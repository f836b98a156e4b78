import type { Control } from '../../src/controls/control.js'
import type { ReconcileInput } from '../../src/engine/reconcile.js'
import type { Child, FileStat, Host } from '../../src/host/host.js'
import type { Journal } from '../../src/host/journal.js'
import { FileError } from '../../src/model/errors.js'
import type { Report } from '../../src/model/report.js'
import type { Parts } from '../../src/cli/parts.js'
import { run } from '../../src/cli/run.js'
import { prove } from '../report/proofs.js'
import { mustBeAsPublished } from '../report/schema.js'
import { controls as titles, facts, report } from '../report/sample.js'

export const controls: readonly Control[] = titles.map(({ id, title }) => ({
  id,
  title,
  why: `Why ${id}.`,
  source: 'The manual',
  byHand: [`do ${id}`],
  limits: [],
  desire: () => [],
  claims: () => [],
}))

/** A file of a fake host; a text stands for one that only its owner may write. */
export type FakeFile =
  | string
  | {
      readonly text?: string
      readonly mode?: string
      readonly error?: string
      readonly kind?: FileStat['kind']
    }

const kindOf = (found: FakeFile) =>
  typeof found === 'string' || found.kind === undefined ? 'file' : found.kind

/** A host that is a map of files, and a lock that one child at a time holds. Every write changes the map. */
export function fakeHost(files: Record<string, FakeFile> = {}): Host {
  const locks = { holder: null as object | null, waiting: [] as (() => void)[] }
  const read = (path: string): Promise<string | null> => {
    const found = files[path]
    if (found === undefined) return Promise.resolve(null)
    if (typeof found === 'string') return Promise.resolve(found)
    return found.error === undefined
      ? Promise.resolve(found.text ?? '')
      : Promise.reject(new FileError(path, found.error))
  }
  return {
    osFamily: 'linux',
    scripts: () => '',
    now: () => new Date('2025-03-04T05:06:07.000Z'),
    elapsedMs: () => performance.now(),
    http: () => Promise.resolve(null),
    run({ file, args }) {
      if (file !== 'stat') return Promise.resolve({ exitCode: 127, stdout: '', stderr: '' })
      const found = files[args.at(-1) ?? '']
      if (found === undefined) return Promise.resolve({ exitCode: 1, stdout: '', stderr: 'no such file' })
      const mode = typeof found === 'string' ? '644' : (found.mode ?? '644')
      return Promise.resolve({ exitCode: 0, stdout: `${mode}\n`, stderr: '' })
    },
    find: () => Promise.resolve(null),
    start: ({ args }) => Promise.resolve(lockChild(locks, Number(args[2]))),
    files: {
      read,
      readText: read,
      edit: () => Promise.resolve(),
      list: () => Promise.resolve(null),
      link: () => Promise.resolve(null),
      stat(path) {
        const found = files[path]
        if (found === undefined) return Promise.resolve(null)
        const mode = typeof found === 'string' ? '644' : (found.mode ?? '644')
        // Without a mode nobody could tell it.
        return Promise.resolve(mode === '' ? null : { kind: kindOf(found), mode: parseInt(mode, 8) })
      },
      symlink: () => Promise.resolve(),
      mkdir(path) {
        const found = files[path]
        return found === undefined
          ? Promise.resolve()
          : Promise.reject(new FileError(path, 'is not a folder'))
      },
      poke: () => Promise.resolve(),
      write(path, text) {
        files[path] = text
        return Promise.resolve()
      },
      remove(path) {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a file system is a map
        delete files[path]
        return Promise.resolve()
      },
      removeFolder: () => Promise.resolve(),
    },
  }
}

interface Locks {
  holder: object | null
  waiting: (() => void)[]
}

/** flock(1) around cat: echoes once it holds the lock, ends without a word after its time-out. */
function lockChild(locks: Locks, waitSeconds: number): Child {
  const me = {}
  const take = async (): Promise<boolean> => {
    const deadline = Date.now() + waitSeconds * 1000
    while (locks.holder !== null) {
      if (Date.now() >= deadline) return false
      await new Promise<void>(resolve => {
        locks.waiting.push(resolve)
        setTimeout(resolve, deadline - Date.now()).unref()
      })
    }
    locks.holder = me
    return true
  }
  const taken = take()
  let said = ''
  return {
    pid: 4711,
    line: async () => ((await taken) ? said.trimEnd() : null),
    send: text => void (said += text),
    stderr: () => '',
    gone: taken.then(isMine => (isMine ? new Promise(() => undefined) : undefined)),
    stop: async () => {
      await taken
      if (locks.holder === me) locks.holder = null
      locks.waiting.splice(0).forEach(wake => {
        wake()
      })
    },
  }
}

export interface Setting {
  readonly files?: Record<string, FakeFile>
  readonly host?: Host
  readonly report?: Partial<Report>
  readonly parts?: Partial<Parts>
  readonly userId?: number
  readonly terminal?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** Takes all, and keeps nothing. */
const journal: Journal = {
  end: () => Promise.resolve(null),
  append: () => Promise.resolve(),
  rename: () => Promise.resolve(),
}

/** One run of the program, in this process. */
export async function taskfence(argv: readonly string[], setting: Setting = {}) {
  const host = setting.host ?? fakeHost(setting.files)
  const asked: ReconcileInput[] = []
  const parts: Parts = {
    host: () => Promise.resolve(host),
    detect: () => Promise.resolve(facts),
    prove: () => Promise.resolve(prove),
    signals: () => Promise.reject(new Error('no daemon here')),
    journal: () => Promise.resolve(journal),
    controls: () => Promise.resolve(controls),
    imageHost: () => Promise.reject(new Error('no image here')),
    reconcileImage: () => Promise.reject(new Error('no image here')),
    reconcile(input) {
      asked.push(input)
      return Promise.resolve(report({ policy: input.policy, ...setting.report }))
    },
    ...setting.parts,
  }
  let stdout = ''
  let stderr = ''
  const exit = await run(argv, {
    parts,
    stdout: { write: text => (stdout += text), ...(setting.terminal ? { isTTY: true, columns: 120 } : {}) },
    stderr: { write: text => (stderr += text) },
    env: setting.env ?? {},
    userId: setting.userId ?? 0,
    pid: 812,
    self: { file: 'taskfence', args: [] },
    onSignal: () => undefined,
    now: () => new Date('2025-03-04T05:06:07.000Z'),
  })
  mustBeAsPublished(argv, stdout)
  return { exit, stdout, stderr, asked }
}
