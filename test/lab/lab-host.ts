import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Child, Files, Host } from '../../src/host/host.js'
import type { Command } from '../../src/model/command.js'
import { CommandError, FileError } from '../../src/model/errors.js'
import type { Question } from './agent.js'
import type { Lab } from './lab.js'
import { labPath } from './mounts.js'
import { find } from './tools.js'

/** The lab's host as the program sees its own machine: its commands, files and sockets run and stand in the lab. */
export const labHost = (lab: Lab): Host => ({
  osFamily: 'linux',
  scripts: () => '',
  run: async command => {
    try {
      return await lab.exec([command.file, ...command.args], {
        timeoutMs: command.timeoutMs ?? 10_000,
        ...(command.env === undefined ? {} : { env: command.env }),
        ...(command.input === undefined ? {} : { input: command.input }),
      })
    } catch (cause) {
      throw new CommandError(command, undefined, { cause })
    }
  },
  find: async name => {
    const { exitCode, stdout } = await lab.exec([find('readlink'), '-e', `${labPath}/${name}`])
    return exitCode === 0 ? stdout.trim() : null
  },
  start: command => Promise.resolve(startIn(lab, command)),
  http: async ({ socketPath, address, port, path, timeoutMs }) => {
    const url =
      socketPath === undefined ? `http://${address ?? ''}:${port ?? 80}${path}` : `http://localhost${path}`
    const unix = socketPath === undefined ? {} : { socketPath }
    const answer = await lab.agent('host').ask({ op: 'http', url, timeoutMs, ...unix })
    if (answer.fate === 'refused' || answer.fate === 'ENOENT') return null
    if (answer.status === undefined)
      throw new CommandError({ file: 'GET', args: [url] }, undefined, { message: `${url}: ${answer.fate}` })
    return { status: answer.status, body: answer.body ?? '' }
  },
  files: filesIn(lab),
  now: () => new Date(),
  elapsedMs: () => performance.now(),
})

function filesIn(lab: Lab): Files {
  const ask = async <T>(question: Question & { readonly path: string }): Promise<T> => {
    try {
      return (await lab.agent('host').ask(question)) as T
    } catch (cause) {
      throw new FileError(question.path, (cause as Error).message, { cause })
    }
  }
  return {
    read: path => ask({ op: 'read', path }),
    readText: path => ask({ op: 'read', path }),
    edit: async (path, change) => {
      await ask({ op: 'write', path, text: change(await ask({ op: 'read', path })) })
    },
    list: path => ask({ op: 'list', path }),
    link: path => ask({ op: 'link', path }),
    stat: path => ask({ op: 'stat', path }),
    mkdir: path => ask({ op: 'mkdir', path }),
    poke: (path, text) => ask({ op: 'poke', path, text }),
    write: (path, text, options) => ask({ op: 'write', path, text, ...options }),
    symlink: (path, text) => ask({ op: 'symlink', path, text }),
    remove: path => ask({ op: 'remove', path }),
    removeFolder: path => ask({ op: 'removeFolder', path }),
  }
}

function startIn(lab: Lab, command: Command): Child {
  const [file = '', ...args] = lab.enter([command.file, ...command.args])
  const child = spawn(file, args, { env: {} })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => undefined)
  const gone = new Promise<void>(resolve =>
    child.on('close', () => {
      resolve()
    }),
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let pending: Promise<IteratorResult<string>> | null = null
  return {
    pid: child.pid,
    async line(timeoutMs) {
      pending ??= lines.next()
      let clock: NodeJS.Timeout | undefined
      const silence = new Promise<null>(resolve => (clock = setTimeout(resolve, timeoutMs, null)))
      const answer = await Promise.race([pending, silence])
      clearTimeout(clock)
      if (answer === null) throw new CommandError(command, undefined)
      pending = null
      return answer.done === true ? null : answer.value
    },
    send: text => {
      child.stdin.write(text)
    },
    async stop() {
      child.stdin.end()
      child.kill('SIGKILL')
      await gone
    },
    stderr: () => stderr,
    gone,
  }
}
