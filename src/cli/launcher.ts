import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'

/**
 * Runs the program beside this file. V8's compiled form of it lies beside it too, made when it was built: compiling
 * takes a third of the time of a check. Made by another Node it is refused by V8, and the program compiled as ever.
 */
export function launch(): Script {
  const path = join(dirname(__filename), 'program.js')
  // A function of what a module is given, in plain ASCII, which V8 keeps as it is read.
  const text = readFileSync(path, 'latin1')
  const cachedData = readIfThere(`${path}.cache`)
  const script = new Script(text, { filename: path, ...(cachedData !== undefined && { cachedData }) })
  const program = script.runInThisContext() as (...given: readonly unknown[]) => void
  program({}, createRequire(path), {}, path, dirname(path))
  return script
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

if (require.main === module) launch()
