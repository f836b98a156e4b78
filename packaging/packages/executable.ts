import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assetsIn } from './assets-in.js'
import { inject } from './inject.js'
import { run, runtime, type Target } from './parts.js'

/** Node with the program in it, as one file. `folder`: what build.js made. */
export function executable(
  target: Target,
  { folder, cache, out }: { readonly folder: string; readonly cache: string; readonly out: string },
): string {
  const work = join(cache, `work-${target}`)
  mkdirSync(work, { recursive: true })
  const isWindows = target === 'win-x64'
  const node = join(work, isWindows ? 'node.exe' : 'node')
  copyFileSync(join(runtime(target, cache), isWindows ? 'bin/node.exe' : 'bin/node'), node)
  chmodSync(node, 0o755)
  const path = join(out, isWindows ? 'taskfence.exe' : `taskfence-${target}`)
  const blob = join(work, 'program.blob')
  // V8's snapshot is of one processor and one Node: it is made where that Node runs, and elsewhere the program starts as it is.
  if (target === own) {
    // Names of functions that nobody looks up: an eighth of the file.
    run('strip', [node])
    run(node, [join(folder, 'dev/blob.js'), folder, blob])
  } else {
    writeFileSync(join(work, 'sea.json'), JSON.stringify(config(blob, folder)))
    run(join(runtime(own, cache), 'bin/node'), ['--experimental-sea-config', join(work, 'sea.json')])
  }
  inject(node, blob, path)
  return path
}

/** The machine that builds. */
const own: Target = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64'

const config = (output: string, folder: string) => ({
  main: join(folder, 'dev/sea.cjs'),
  output,
  disableExperimentalSEAWarning: true,
  assets: assetsIn(folder, 'program.js'),
})
