// Every test file as JavaScript in .tap/compiled, in a second and once for all: a loader takes half a second in each process.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const folder = '.tap/compiled'
const isTest = /\.(test|long|slow|machine)\.ts$/
const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter(path => isTest.test(path))
  .map(path => join('test', path))
  .sort()

// What tests start as programs of their own.
const programs = ['src/cli/main.ts', 'test/cli/lock-holder.ts']

/** The compiled form of a test, and of anything else itself. */
const compiledOf = path => (isTest.test(path) ? join(folder, path.replace(/\.ts$/, '.js')) : path)

/** What somebody knows of a text about compiled tests. */
export const asWritten = text => text.replace(/\.tap\/compiled\/(\S+?)\.js\b/g, '$1.ts')

/** Compiles all; answers the compiled files of those that are named, of *.test.ts where none is. */
export async function compileTests(named) {
  await build({
    entryPoints: [...all, ...programs],
    outdir: folder,
    outbase: '.',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  })
  const files =
    named.length > 0 ? named.flatMap(within) : longestFirst(all.filter(path => path.endsWith('.test.ts')))
  return files.map(compiledOf)
}

/** Those that make hosts: begun last they would run alone. */
const longestFirst = files => {
  const isLong = path => /^test\/(host|watch|prove)\//.test(path)
  return [...files.filter(isLong), ...files.filter(path => !isLong(path))]
}

/** A folder stands for its tests. Throws where there are none: nothing would have been tested. */
function within(path) {
  if (isTest.test(path)) return [path]
  const found = all.filter(each => each.startsWith(join(path, '/')) && each.endsWith('.test.ts'))
  if (found.length === 0) throw new Error(`no test in ${path}`)
  return found
}
