import { createRequire } from 'node:module'
import { getRawAsset } from 'node:sea'
import { Script } from 'node:vm'

/** In an executable there are no files beside the program: what launcher.ts reads from them is in the executable itself. */
function load(name: string, text: string): unknown {
  const cachedData = asset(`${name}.cache`)
  const script = new Script(text, { filename: name, ...(cachedData !== undefined && { cachedData }) })
  const module = { exports: {} }
  const program = script.runInThisContext() as (...given: readonly unknown[]) => void
  program(module.exports, requireOf(name), module, process.execPath, '')
  return module.exports
}

/** There is nothing else to require in an executable. */
const builtIn = createRequire(process.execPath)
const loaded = new Map<string, unknown>()

const requireOf = (by: string) => (name: string) => {
  if (!name.startsWith('./')) return builtIn(name) as unknown
  const path = name.slice(2)
  if (!loaded.has(path)) loaded.set(path, load(path, asModule(textOf(path))))
  if (loaded.get(path) === undefined) throw new Error(`${by}: there is no ${name}`)
  return loaded.get(path)
}

function asset(name: string): Buffer | undefined {
  try {
    return Buffer.from(getRawAsset(name) as ArrayBuffer)
  } catch {
    return undefined
  }
}

const textOf = (name: string): string => asset(name)?.toString('latin1') ?? ''

/** As Node would wrap it; the program itself is wrapped when it is built. */
const asModule = (text: string): string =>
  `(function (exports, require, module, __filename, __dirname) {${text}\n})`

load('program.js', textOf('program.js'))
