// What `node --experimental-sea-config` runs, on a throw-away host in sync, before it takes the snapshot that an
// executable starts with. One check runs, so that V8 compiles what a check needs; then the program is made anew, so that
// nothing of that host is in it. The process ends as one that was about to start.
import { startupSnapshot } from 'node:v8'
import { requireOf } from './assets.js'
import type * as Program from './warm.js'

/** build.js puts the program in front, as a function of what a module is given. */
declare const program: (...given: readonly unknown[]) => void

function made(): typeof Program {
  const module = { exports: {} }
  program(module.exports, requireOf('program'), module, '/program.js', '/')
  return module.exports as typeof Program
}

type Items = readonly unknown[]

/** V8 gives them to a process when it starts, as late as that, and does not bear to find them there already. */
const latest: Readonly<Record<string, (all: Items, ...given: never[]) => Items>> = {
  toSorted: (all, by: (a: unknown, b: unknown) => number) => all.slice().sort(by),
  toReversed: all => all.slice().reverse(),
}

async function warmUp(): Promise<void> {
  const { run, surroundings } = made()
  const silent = { ...surroundings(() => undefined), stdout: { write: () => true } }
  const exit = await run(['check'], silent)
  if (exit !== 0) throw new Error(`the check ended with ${exit}`)
}

/**
 * Node remembers when the next of its timers is due, also of one that was cleared, and wakes up for no later one. What is
 * remembered here would be a moment of another process. One that fires is remembered no more, and no other is left.
 */
const forgetTimers = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 1))

async function take(): Promise<void> {
  const array = Array.prototype as unknown as Record<string, unknown>
  const missing = Object.entries(latest).filter(([name]) => !(name in array))
  for (const [name, act] of missing)
    array[name] = function (this: Items, ...given: never[]) {
      return act(this, ...given)
    }
  await warmUp()
  await forgetTimers()
  const { load, start } = made()
  await load()
  for (const [name] of missing) Reflect.deleteProperty(array, name)
  // Where Node puts short texts there is still what the host answered.
  new Uint8Array(Buffer.from(' ').buffer).fill(0)
  startupSnapshot.setDeserializeMainFunction(() => void start())
}

void take()
