import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { part, run, type Target } from './parts.js'

/** What the program reads of itself, by name. */
const assets = ['program.js', 'program.js.cache', 'execa.js', 'node-cron.js', 'winston.js', 'yargs.js']

/** Node with the program in it, as one file. `folder`: what build.js made. */
export function executable(
  target: Target,
  { folder, cache, out }: { readonly folder: string; readonly cache: string; readonly out: string },
): string {
  const work = join(cache, `work-${target}`)
  mkdirSync(work, { recursive: true })
  const isWindows = target === 'win-x64'
  const node = join(part(target, cache), isWindows ? 'bin/node.exe' : 'bin/node')
  const path = join(out, isWindows ? 'taskfence.exe' : `taskfence-${target}`)
  copyFileSync(node, path)
  chmodSync(path, 0o755)
  // Names of functions that nobody looks up: an eighth of the file.
  if (target === own) run('strip', [path])
  const blob = join(work, 'program.blob')
  writeFileSync(join(work, 'sea.json'), JSON.stringify(config(blob, compiled(target, node, folder, work))))
  run(node22(cache), ['--experimental-sea-config', join(work, 'sea.json')])
  // It warns of each section of Node that it does not know; where it fails, the error tells what it said.
  const postject = ['-e', inject, join(part('postject', cache), 'dist/api.js'), path, blob]
  execFileSync(process.execPath, postject, { stdio: 'pipe' })
  return path
}

const inject = `
  const [, postject, path, blob] = process.argv
  const sentinelFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
  require(postject).inject(path, 'NODE_SEA_BLOB', require('node:fs').readFileSync(blob), { sentinelFuse })`

/** The machine that builds. */
const own: Target = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64'
const node22 = (cache: string) => join(part(own, cache), 'bin/node')

/** V8's compiled form is of one processor and one Node: it is made where that Node runs, and left out elsewhere. */
function compiled(target: Target, node: string, folder: string, work: string): string {
  run('cp', ['-R', '--', `${folder}/.`, work])
  run('rm', ['-f', join(work, 'program.js.cache')])
  if (target === own) run(node, [join(work, 'dev/compile.js'), work])
  return work
}

const config = (output: string, folder: string) => ({
  main: join(folder, 'dev/sea.cjs'),
  output,
  disableExperimentalSEAWarning: true,
  assets: Object.fromEntries(
    assets.flatMap(name => {
      const path = join(folder, name)
      return existsSync(path) ? [[name, path]] : []
    }),
  ),
})
