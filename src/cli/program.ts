import { isSea } from 'node:sea'
import { isatty } from 'node:tty'
import { partsOf } from './parts.js'
import { run } from './run.js'
import { standardOutput } from './standard-output.js'
import { withSystemFolders } from './system-folders.js'

/** Not for people: `prove` starts this program again where its packets are to come from. */
const servesProbes = '--serve-probes'

/** The program in this process, as it was started. Ends the process where nothing is left to be written. */
export async function start(): Promise<void> {
  if (process.platform !== 'win32') process.env['PATH'] = withSystemFolders(process.env['PATH'])
  await (process.argv[2] === servesProbes ? serve() : main())
}

async function main(): Promise<void> {
  const streams = { areOpen: false }
  process.exitCode = await run(
    process.argv.slice(2),
    surroundings(() => (streams.areOpen = true)),
  )
  // What else is open (pipes of programs that ended, a clock) closes sooner with the process; and a daemon that was
  // told to end waits for nothing that hangs.
  if (!streams.areOpen || process.argv[2] === 'watch') process.exit()
}

async function serve(): Promise<void> {
  const { serveProbes } = await import('../prove/prober-program.js')
  const exit = () => process.exit(0)
  serveProbes({ input: process.stdin, output: process.stdout, pid: process.pid, exit })
}

/** `onStream`: called before a text is handed to what may write it later. */
export function surroundings(onStream: () => void) {
  // One executable starts itself, by whatever name it was called; Node starts a script.
  const self = { file: process.execPath, args: isSea() ? [] : [process.argv[1] ?? ''] }
  return {
    parts: partsOf({ ...self, args: [...self.args, servesProbes] }),
    self,
    stdout: standardOutput(onStream),
    // Most runs say nothing there, and opening it takes 3 ms.
    stderr: {
      write: (text: string) => {
        onStream()
        return process.stderr.write(text)
      },
      get isTTY() {
        return isatty(2)
      },
    },
    env: process.env,
    // Windows has no such number.
    userId: process.getuid?.(),
    pid: process.pid,
    onSignal: (name: NodeJS.Signals, act: () => void) => void process.on(name, act),
    now: () => new Date(),
  }
}
