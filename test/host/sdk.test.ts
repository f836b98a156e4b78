import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createRequire } from 'node:module'
import t from 'tap'
import { createLab, type Where } from '../lab/lab.js'
import { userBridge } from '../lab/options.js'
import { instanceKey, taskKey } from '../lab/stand-ins.js'

// What the AWS SDK itself gets inside a task and on the host.

const sdk = pathToFileURL(createRequire(import.meta.url).resolve('@aws-sdk/credential-providers')).href
const program = `
import providers from ${JSON.stringify(sdk)}
const { fromContainerMetadata, fromInstanceMetadata } = providers
const from = process.argv[2] === 'task' ? fromContainerMetadata : fromInstanceMetadata
try {
  console.log((await from({ timeout: 500, maxRetries: 0 })()).accessKeyId)
} catch (error) {
  console.log('none')
}
`

t.test('a task gets its own credentials and not the instance’s', async t => {
  const path = join(t.testdir(), 'ask.mjs')
  writeFileSync(path, program)
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  const ask = async (where: Where, whose: 'task' | 'instance') => {
    const env = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/lab-task' }
    return (await lab.in(where).exec([process.execPath, path, whose], { env })).stdout.trim()
  }
  t.equal(await ask('docker0', 'task'), 'none', 'before')
  t.equal(await ask('docker0', 'instance'), instanceKey, 'before')
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  for (const where of ['docker0', userBridge] as const) {
    t.equal(await ask(where, 'task'), taskKey, where)
    t.equal(await ask(where, 'instance'), 'none', where)
  }
  t.equal(await ask('host', 'instance'), instanceKey, 'the host keeps its own')
})
