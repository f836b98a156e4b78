import { getRawAsset } from 'node:sea'
import { Script } from 'node:vm'

// In an executable there are no files beside the program: what launcher.ts reads from them is in the executable itself.

type Require = (name: string) => unknown

/** The part of that name, run as a module. `text`: of a function of what a module is given. */
function load(name: string, text: string): unknown {
  const module = { exports: {} }
  const part = new Script(text, { filename: name }).runInThisContext() as (
    ...given: readonly unknown[]
  ) => void
  part(module.exports, requireOf(name), module, process.execPath, '')
  return module.exports
}

/** Runs the program, which is wrapped when it is built. */
export const loadProgram = (): unknown => load('program.js', textOf('program.js'))

const loaded = new Map<string, unknown>()

function once(path: string): unknown {
  if (!loaded.has(path)) loaded.set(path, load(path, asModule(textOf(path))))
  return loaded.get(path)
}

/** Parts of this program, and what Node brings: there is nothing else in an executable. */
export const requireOf =
  (by: string): Require =>
  name => {
    const found = name.startsWith('./') ? once(name.slice(2)) : process.getBuiltinModule(name)
    if (found === undefined) throw new Error(`${by}: there is no ${name}`)
    return found
  }

/** Plain ASCII, as it is built. Throws where there is no such part. */
const textOf = (name: string): string => Buffer.from(getRawAsset(name) as ArrayBuffer).toString('latin1')

/** As Node would wrap it. */
const asModule = (text: string): string =>
  `(function (exports, require, module, __filename, __dirname) {${text}\n})`
