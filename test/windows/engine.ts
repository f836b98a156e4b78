import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { World } from './world.js'

/** PowerShell's own engine, built by test/need.sh; what it lacks of Windows is in stand-ins/. */
export const engineProgram = resolve('node_modules/.cache/taskfence-powershell/bin/engine/release/engine.dll')

/** Why no script can be run here; false where it can. */
export const noPowerShell: string | false = existsSync(engineProgram)
  ? false
  : `PowerShell is not there (${engineProgram}): test/need.sh test builds it with the .NET SDK`

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** What the script made of the world it was given. */
  readonly world: World
}

export interface Linted {
  readonly faults: readonly string[]
  readonly functions: readonly string[]
  readonly commands: readonly {
    readonly name: string | null
    readonly line: number
    readonly parameters: readonly string[]
  }[]
}

export interface Engine {
  /** As `powershell.exe -NoProfile -NonInteractive -File FILE ARGUMENTS`. */
  run(file: string, args: readonly string[], world: World, input?: string): Promise<Ran>
  lint(file: string): Promise<Linted>
  stop(): void
}

/** One process for many scripts: starting it takes half a second, a script some milliseconds. */
export function startEngine(env: Readonly<Record<string, string>> = {}): Engine {
  const child = spawn('dotnet', [engineProgram], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let last: Promise<unknown> = Promise.resolve()
  const ask = (request: object): Promise<unknown> => {
    const answer = last.then(async () => {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const line = await lines.next()
      if (line.done === true) throw new Error('PowerShell ended')
      return JSON.parse(line.value) as unknown
    })
    last = answer.catch(() => undefined)
    return answer
  }
  const modules = ['Utility', 'Windows'].map(name => resolve(`test/windows/stand-ins/${name}.psm1`))
  return {
    run: async (file, args, world, input = '') =>
      (await ask({ file: resolve(file), arguments: args, input, modules, world })) as Ran,
    lint: async file => (await ask({ lint: resolve(file) })) as Linted,
    stop: () => child.stdin.end(),
  }
}
