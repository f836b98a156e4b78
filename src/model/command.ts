/** A program and its arguments. Never a shell. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** Text for standard input; without it standard input is empty. */
  readonly input?: string
  /** Set beside what this program was started with. */
  readonly env?: Readonly<Record<string, string>>
  /** Nobody will read what it says on standard error: should it fail, it is asked in another way. */
  readonly withoutErrors?: boolean
  /** Milliseconds; 10,000 when left out. */
  readonly timeoutMs?: number
}

/** stdout and stderr stay apart: iptables puts warnings on both. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}
