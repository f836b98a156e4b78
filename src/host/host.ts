import type { Command, CommandResult } from '../model/command.js'
import type { OsFamily } from '../model/facts.js'

/** Every effect in the program goes through here. */
export interface Host {
  /** Read only in src/platforms and src/detect/os.ts. */
  readonly osFamily: OsFamily
  /** Resolves for any exit code, 127 when the program is missing; rejects with a CommandError on a time-out or a signal. Never a shell. */
  run(command: Command): Promise<CommandResult>
  /** The file that a program's name stands for: first in the PATH, links followed; null when there is none. */
  find(name: string): Promise<string | null>
  /** A child that lives until stopped, or until this program ends, however it ends. */
  start(command: Command): Promise<Child>
  /** null when nobody listens there. Rejects with a CommandError-like reason on a time-out or a broken answer. */
  http(request: HttpRequest): Promise<HttpResponse | null>
  readonly files: Files
  /** The folder of our PowerShell scripts. */
  scripts(): string
  now(): Date
  /** Milliseconds since some moment; setting the clock does not move it. For times between, never to be shown. */
  elapsedMs(): number
}

export interface Child {
  /** The next line of standard output; null at its end. Rejects with a CommandError after timeoutMs. */
  line(timeoutMs: number): Promise<string | null>
  /** Writes to standard input. */
  send(text: string): void
  readonly pid: number | undefined
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
  /** What it wrote to standard error so far. */
  stderr(): string
  /** Resolves once it is gone, whoever ended it. */
  readonly gone: Promise<void>
}

/** Only for this machine: a unix socket, or a loopback address. */
export interface HttpRequest {
  readonly socketPath?: string
  readonly address?: string
  readonly port?: number
  readonly path: string
  readonly timeoutMs: number
}

export interface HttpResponse {
  readonly status: number
  readonly body: string
}

export interface Files {
  /** null when there is no such file; any other failure rejects with a FileError. */
  read(path: string): Promise<string | null>
  /** A file that people write: null when there is none; anything but UTF-8 text of up to 1 MiB in a regular file rejects with a FileError. */
  readText(path: string): Promise<string | null>
  /**
   * Puts in the place of such a file what `change` makes of its text (null: there is none): atomic, with fsync, its
   * owner, mode and security label kept; a symbolic link is refused. Where somebody else writes it in between, `change`
   * is asked again. The same text again writes nothing.
   */
  edit(path: string, change: (text: string | null) => string): Promise<void>
  /** Names in a folder, sorted; null when there is no such folder. */
  list(path: string): Promise<readonly string[] | null>
  /** Where a symbolic link points, as it stands in it; null when there is none. */
  link(path: string): Promise<string | null>
  /** What stands at the path itself, no link followed; null: nothing. */
  stat(path: string): Promise<FileStat | null>
  /** Makes one folder; an existing folder is fine, anything else there is a FileError. */
  mkdir(path: string, mode: number): Promise<void>
  /** Writes into a file of the kernel (/proc/sys), which knows no rename. */
  poke(path: string, text: string): Promise<void>
  /** Atomic: temporary file in the same folder, fsync, rename. Refuses a target that is not a regular file. */
  write(path: string, text: string, options?: { readonly mode?: number }): Promise<void>
  /** Atomic. Puts a symbolic link in the place of nothing or of another link; anything else there is a FileError. */
  symlink(path: string, target: string): Promise<void>
  /** No such file is fine. */
  remove(path: string): Promise<void>
  /** A folder that is not there, or not empty, is fine and left. */
  removeFolder(path: string): Promise<void>
}

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  /** Permission bits: 0o644. */
  readonly mode: number
  /** Another number is another one, though of the same name. */
  readonly inode?: number
}
