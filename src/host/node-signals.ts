import { spawn } from 'node:child_process'
import { closeSync, constants, openSync, statSync, watch as watchPath, type FSWatcher } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Command } from '../model/command.js'
import { isOurs, noteChild } from './node-children.js'
import { follow } from './node-follow.js'
import { once } from './once.js'
import type { Listener, Running, Signals } from './signals.js'

/** The signals of this machine. */
export const nodeSignals: Signals = { listen, follow, watch, isOurs }

function listen(command: Command, listener: Listener): Running {
  const child = spawn(command.file, command.args, {
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  noteChild(child)
  const { end, isOver, close } = once(listener)
  let stderr = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => (stderr = (stderr + text).slice(-1000)))
  eachLine(child.stdout, text => {
    if (!isOver()) listener.line(text)
  })
  const gone = new Promise<void>(resolve => {
    child.on('error', error => {
      end(error.message)
      resolve()
    })
    child.on('exit', (code, signal) => {
      end(`${command.file} ended (${signal ?? `exit code ${code ?? '?'}`}) ${stderr.trim()}`.trim())
      resolve()
    })
  })
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  return {
    async stop() {
      close()
      process.off('exit', killWithUs)
      child.kill('SIGKILL')
      await gone
    },
  }
}

function watch(path: string, listener: Listener): Running {
  const { end, isOver, close } = once(listener)
  let watcher: FSWatcher | undefined
  let file: number | undefined
  const leave = () => {
    watcher?.close()
    if (file !== undefined) closeSync(file)
    file = undefined
  }
  const over = (why: string) => {
    leave()
    end(why)
  }
  try {
    const before = statSync(path)
    // Of a folder that is held open nobody tells that it is gone.
    if (before.isFile()) file = openSync(path, constants.O_RDONLY)
    watcher = watchPath(path, () => {
      if (isOver()) return
      listener.line(path)
      const now = statSync(path, { throwIfNoEntry: false })
      if (now?.ino !== before.ino) over(`${path} ${now === undefined ? 'is gone' : 'is another one'}`)
    })
    watcher.on('error', error => {
      over(error.message)
    })
  } catch (error) {
    // Nobody has the answer yet to whom this could be told.
    setImmediate(over, error instanceof Error ? error.message : String(error))
  }
  return {
    stop() {
      close()
      leave()
      return Promise.resolve()
    },
  }
}

function eachLine(stream: Readable, told: (text: string) => void): void {
  // Its end shows elsewhere. The reader tells an error of its input as one of its own.
  stream.on('error', () => undefined)
  createInterface({ input: stream })
    .on('line', told)
    .on('error', () => undefined)
}
