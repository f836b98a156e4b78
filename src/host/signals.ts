import type { Command } from '../model/command.js'
import type { HttpRequest } from './host.js'

/** Something that goes on until stopped. */
export interface Running {
  stop(): Promise<void>
}

export interface Listener {
  line(text: string): void
  /** It is over, and why: it ended, could not begin, or broke off. Called once, never after stop(). */
  end(why: string): void
}

/** What this machine says of itself while it runs. Nothing here rejects: what fails ends, and says why. */
export interface Signals {
  /** The lines of a child that goes on (nft monitor). It ends with this program. */
  readonly listen: (command: Command, listener: Listener) => Running
  /** The lines of an answer that goes on (Docker's events). */
  readonly follow: (request: HttpRequest, listener: Listener) => Running
  /**
   * Calls line() with the path after each change of a file's content or of what a folder holds. A file is held open:
   * in /proc/sys the watch would die unseen when the kernel drops its caches.
   */
  readonly watch: (path: string, listener: Listener) => Running
  /** A process of this program, or one that it started, also when it is gone. */
  readonly isOurs: (pid: number) => boolean
}
