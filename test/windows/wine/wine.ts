import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { engineProgram, type Engine } from '../engine.js'
import { answers, type World } from '../world.js'

const folder = resolve('node_modules/.cache/taskfence-wine')

/** Why the program cannot be run as on Windows here; false where it can. */
export const noWine: string | false =
  process.getuid?.() !== 0
    ? 'a network namespace of its own takes root'
    : existsSync(join(folder, 'ready'))
      ? false
      : 'wine, or Node for Windows, is not there: test/need.sh test says why'

/** The C: of the pretended host. */
export const driveC = join(folder, 'prefix', 'drive_c')

export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface Wine {
  /** What stands now on the pretended host. */
  world: World
  /** Scripts that the program had run, with their arguments. */
  readonly ran: string[]
  /** node.exe ARGS. */
  node(...args: readonly string[]): Promise<Ended>
  stop(): Promise<void>
}

interface Message extends Ended {
  readonly call?: number
  readonly words: readonly string[]
  readonly input: string
  readonly ended?: number
}

/** A Windows host under wine. Its powershell.exe runs our scripts for real, on the world. */
export async function startWine(engine: Engine, scripts: string, world: World): Promise<Wine> {
  const host = spawn(
    'env',
    // The test runner would have every Node, that of Windows too, load its own.
    [
      '--unset=NODE_OPTIONS',
      'unshare',
      '--net',
      '--',
      process.execPath,
      'test/windows/wine/host.mjs',
      folder,
      engineProgram,
      scripts,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const tell = (message: object) => host.stdin.write(`${JSON.stringify(message)}\n`)
  const waiting = new Map<number, (ended: Ended) => void>()
  const wine: Wine = {
    world,
    ran: [],
    node: (...args) =>
      new Promise(end => {
        const id = waiting.size
        waiting.set(id, end)
        tell({ serves: answers(wine.world) })
        tell({ run: id, args })
      }),
    async stop() {
      const gone = new Promise(resolve => host.on('close', resolve))
      host.stdin.end()
      await gone
    },
  }
  const lines = createInterface({ input: host.stdout })
  const ready = new Promise<void>(resolve =>
    lines.once('line', () => {
      resolve()
    }),
  )
  lines.on('line', line => {
    const message = JSON.parse(line) as Message
    if (message.ended !== undefined) waiting.get(message.ended)?.(message)
    if (message.call !== undefined) void answer(message.call, message)
  })
  const answer = async (call: number, { words, input }: Message) => {
    const script = (words[3] ?? '').replaceAll('\\', '/').replace(/^.*\/windows\//, '')
    wine.ran.push([script, ...words.slice(4)].join(' '))
    const ran = await engine.run(join(scripts, script), words.slice(4), wine.world, input)
    wine.world = ran.world
    const { stdout, stderr, exitCode } = ran
    tell({ answer: call, reply: { stdout, stderr, exitCode }, serves: answers(wine.world) })
  }
  await ready
  return wine
}
