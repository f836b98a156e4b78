import type { Files, Host, HttpRequest, HttpResponse } from '../../src/host/host.js'
import type { Command, CommandResult } from '../../src/model/command.js'
import { CommandError, FileError } from '../../src/model/errors.js'
import type { OsFamily } from '../../src/model/facts.js'

/** What a program answers: its output, a result with what is left out empty, or an error that is thrown. */
export type Answer = string | Partial<CommandResult> | Error | ((command: Command) => Answer)

/** No answer within its time. */
export const hangs = (command: Command): Error => new CommandError(command, undefined)
/** A file that is there and cannot be read. */
export const unreadable = Symbol('unreadable')

export interface FakeOptions {
  /** Path → text. Folders are what paths go through. */
  readonly files?: Readonly<Record<string, string | typeof unreadable>>
  /** Symbolic links: path → where it points. */
  readonly links?: Readonly<Record<string, string>>
  /** "nft -j list chains" or only "nft": the longest beginning of the argv wins. What has no answer is not installed. */
  readonly programs?: Readonly<Record<string, Answer>>
  /** The files that names of programs stand for; /usr/sbin/NAME when left out. */
  readonly found?: Readonly<Record<string, string>>
  /** By path; a number is a status with an empty body, null is nobody there. */
  readonly http?: Readonly<Record<string, HttpResponse | number | null | Error>>
  readonly osFamily?: OsFamily
}

export interface FakeHost extends Host {
  /** Every argv that was run, in order; with what nft was told where it reads lines: "nft -i < list chains; …". */
  readonly ran: string[]
  /** Every path that was written, in order. */
  readonly written: readonly string[]
  readonly asked: readonly HttpRequest[]
  /** What stands now. Changing it changes the machine. */
  readonly disk: Map<string, string | typeof unreadable>
  /** Symbolic links that stand now. */
  readonly links: Map<string, string>
}

/** A machine of files and canned answers, which remembers what is written to it. */
export function fakeHost(options: FakeOptions = {}): FakeHost {
  const disk = new Map(Object.entries(options.files ?? {}))
  const links = new Map(Object.entries(options.links ?? {}))
  const ran: string[] = []
  const written: string[] = []
  const asked: HttpRequest[] = []
  return {
    osFamily: options.osFamily ?? 'linux',
    scripts: () => 'C:\\Program Files\\taskfence\\windows',
    disk,
    links,
    ran,
    written,
    asked,
    now: () => new Date('2026-03-01T12:00:00Z'),
    elapsedMs: () => performance.now(),
    files: filesOn(disk, links, path => written.push(path)),
    start: command => {
      throw new CommandError(command, undefined)
    },
    async run(command) {
      const argv = [command.file, ...command.args].join(' ')
      ran.push(command.args.includes('-i') ? `${argv} < ${lines(command.input ?? '')}` : argv)
      const name = Object.keys(options.programs ?? {})
        .filter(name => argv === name || argv.startsWith(`${name} `))
        .sort((a, b) => b.length - a.length)[0]
      return resultOf(name === undefined ? { exitCode: 127 } : options.programs?.[name], command)
    },
    find: async name =>
      Object.keys(options.programs ?? {}).some(program => program.split(' ')[0] === name)
        ? (options.found?.[name] ?? `/usr/sbin/${name}`)
        : null,
    async http(request) {
      asked.push(request)
      const answer = options.http?.[request.path] ?? null
      if (answer instanceof Error) throw answer
      return typeof answer === 'number' ? { status: answer, body: '' } : answer
    },
  }
}

const lines = (input: string): string => input.trimEnd().replaceAll('\n', '; ')

function resultOf(answer: Answer | undefined, command: Command): CommandResult {
  if (typeof answer === 'function') return resultOf(answer(command), command)
  if (answer instanceof Error) throw answer
  const result = typeof answer === 'string' ? { stdout: answer } : answer
  return { exitCode: 0, stdout: '', stderr: '', ...result }
}

function filesOn(disk: FakeHost['disk'], links: FakeHost['links'], note: (path: string) => void): Files {
  const read = (path: string): string | null => {
    const text = disk.get(path)
    if (text === unreadable) throw new FileError(path, 'EIO: i/o error, read')
    return text ?? null
  }
  return {
    read: async path => read(path),
    readText: async path => read(path),
    async edit(path, change) {
      const text = change(read(path))
      if (text === read(path)) return
      note(path)
      disk.set(path, text)
    },
    async list(path) {
      const inside = [...disk.keys(), ...links.keys()].filter(name => name.startsWith(`${path}/`))
      const names = inside.map(name => name.slice(path.length + 1).split('/')[0] ?? '')
      return names.length === 0 ? null : [...new Set(names)].sort()
    },
    link: async path => links.get(path) ?? null,
    async stat(path) {
      if (links.has(path)) return { kind: 'link', mode: 0o777 }
      if (disk.has(path)) return { kind: 'file', mode: 0o644 }
      const isFolder = [...disk.keys(), ...links.keys()].some(name => name.startsWith(`${path}/`))
      return isFolder ? { kind: 'folder', mode: 0o755 } : null
    },
    async mkdir(path) {
      note(path)
    },
    async poke(path, text) {
      note(path)
      if (read(path) === null) throw new FileError(path, 'ENOENT: no such file or directory, open')
      disk.set(path, text)
    },
    async write(path, text) {
      note(path)
      disk.set(path, text)
    },
    async symlink(path, target) {
      note(path)
      links.set(path, target)
    },
    async remove(path) {
      note(path)
      links.delete(path)
      disk.delete(path)
    },
    async removeFolder(path) {
      note(path)
    },
  }
}
