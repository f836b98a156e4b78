// blob.js FOLDER BLOB: what turns the Node that runs this into the program of FOLDER, with a snapshot made by running it
// once on a throw-away host.
import { copyFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createLab } from '../test/lab/lab.js'
import { assetsIn } from './packages/assets-in.js'

const [folder = 'dist', blob = 'program.blob'] = process.argv.slice(2).map(path => resolve(path))

const lab = await createLab({ cli: join(folder, 'taskfence.js') })
try {
  await lab.taskfence(['apply'])
  // Its path stands in what is made of it: not one of this machine.
  const main = '/run/tmp/taskfence.cjs'
  const output = '/run/tmp/program.blob'
  await lab.must(['cp', join(folder, 'dev/snapshot.cjs'), main])
  const config = {
    main,
    output,
    useSnapshot: true,
    disableExperimentalSEAWarning: true,
    assets: assetsIn(folder),
  }
  await lab.write('/run/tmp/sea.json', JSON.stringify(config))
  await lab.must([process.execPath, '--experimental-sea-config', '/run/tmp/sea.json'])
  copyFileSync(lab.path(output), blob)
} finally {
  await lab.dispose()
}
