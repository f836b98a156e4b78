// executable.js FOLDER: FOLDER/taskfence, which is the Node that runs this with the program of FOLDER in it. It starts from a
// snapshot, which saves an eighth of the time of a check, and needs no other Node.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inject, isFused } from './packages/inject.js'

const folder = resolve(process.argv[2] ?? 'dist')
const node = process.execPath

if (isFused(node)) make()
else process.stderr.write(`No ${folder}/taskfence: ${node} takes no program. The script starts slower.\n`)

function make(): void {
  const work = mkdtempSync(join(tmpdir(), 'taskfence-'))
  try {
    const blob = join(work, 'program.blob')
    const { status, stderr } = spawnSync(node, [join(folder, 'dev/blob.js'), folder, blob], {
      encoding: 'utf8',
    })
    if (status !== 0) {
      const why = stderr.split('\n').find(line => /^\w*Error:/.test(line)) ?? stderr
      process.stderr.write(`No ${folder}/taskfence: no snapshot could be taken: ${why}\n`)
      process.exitCode = 1
      return
    }
    inject(node, blob, join(work, 'taskfence'))
    copyFileSync(join(work, 'taskfence'), join(folder, 'taskfence.made'))
    renameSync(join(folder, 'taskfence.made'), join(folder, 'taskfence'))
  } finally {
    rmSync(work, { recursive: true })
  }
}
