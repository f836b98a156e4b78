import { createInterface } from 'node:readline'
import { execa } from 'execa'
import type { Command } from '../model/command.js'
import { CommandError } from '../model/errors.js'
import type { Child } from './host.js'
import { noteChild } from './node-children.js'

/** A child on pipes. It is killed when this program exits; should this program be killed, its standard input ends. */
export function startChild(command: Command): Child {
  const child = execa(command.file, command.args, {
    env: { LC_ALL: 'C' },
    stdin: 'pipe',
    buffer: false,
    reject: false,
    cleanup: true,
  })
  noteChild(child)
  let stderr = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => (stderr = (stderr + text).slice(-65_536)))
  // A child that is gone makes writing fail; its end shows in line().
  child.stdin.on('error', () => undefined)
  const reader = createInterface({ input: child.stdout })
  const lines = reader[Symbol.asyncIterator]()
  // Kept over a time-out, so that no line is lost to a caller who gave up waiting.
  let pending: Promise<IteratorResult<string>> | null = null

  return {
    pid: child.pid,
    async line(timeoutMs) {
      pending ??= lines.next()
      let clock: NodeJS.Timeout | undefined
      const silence = new Promise<'silence'>(resolve => {
        clock = setTimeout(resolve, timeoutMs, 'silence').unref()
      })
      const answer = await Promise.race([pending, silence])
      // It would keep the child's buffers for as long as nobody waits.
      clearTimeout(clock)
      if (answer === 'silence') throw silent(command, timeoutMs)
      pending = null
      return answer.done === true ? null : answer.value
    },
    send(text) {
      child.stdin.write(text)
    },
    async stop() {
      child.stdin.end()
      child.kill('SIGKILL')
      // Its own children may outlive it and hold these open, and execa waits for them to close.
      reader.close()
      child.stdout.destroy()
      child.stderr.destroy()
      await child
    },
    stderr: () => stderr,
    gone: child.then(() => undefined),
  }
}

function silent(command: Command, timeoutMs: number): CommandError {
  const argv = [command.file, ...command.args].join(' ')
  return new CommandError(command, undefined, {
    message: `\`${argv}\` said nothing in ${timeoutMs / 1000} s`,
  })
}
