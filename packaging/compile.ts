// compile.js FOLDER: lets V8 compile the program by running it once on a throw-away host, and keeps what it made.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createLab } from '../test/lab/lab.js'

const folder = resolve(process.argv[2] ?? 'dist')
const cli = join(folder, 'taskfence.js')
const kept = '/run/tmp/program.cache'
const keep = `
  const script = require(${JSON.stringify(cli)}).launch()
  process.on('exit', () => require('node:fs').writeFileSync('${kept}', script.createCachedData().toString('base64')))`

const lab = await createLab({ cli })
try {
  await lab.taskfence(['apply'])
  await lab.must([process.execPath, '-e', keep, 'taskfence', 'check'])
  writeFileSync(join(folder, 'program.js.cache'), Buffer.from(await lab.must(['cat', kept]), 'base64'))
} finally {
  await lab.dispose()
}
