import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { lookUp, missingTools } from '../lab/tools.js'
import { lasting } from './commands.js'
import { openReader } from './reader.js'
import { terminalPicture } from './terminal-picture.js'

// The picture in README.md is a real run: `GOLDEN=write npm test -- test/docs/picture.test.ts` takes it anew.

const path = 'docs/terminal.svg'
const columns = 100
const only = '--only imds-bridge --only task-credentials'
const session = [
  ['iptables -F; iptables -t nat -F', 'a firewall was restarted'],
  [`sudo taskfence check ${only}`, ''],
  [`sudo taskfence apply ${only}`, ''],
  [`sudo taskfence check ${only}`, ''],
] as const
const missing = [...missingTools(), ...(lookUp('script') === undefined ? ['script'] : [])].join(', ')

t.test('a picture of a terminal', { skip: missing }, async t => {
  const reader = await openReader(['fenced', 'bridges=docker0,br-3f1c2a9d0e77'])
  t.teardown(() => reader.lab.dispose())
  const shown: string[] = []
  for (const [command, comment] of session) {
    const words = `stty cols ${columns} rows 200; ${command}`.replaceAll("'", "'\\''")
    const { shown: printed } = await reader.type(`script -qec '${words}' /dev/null`)
    shown.push(
      `\u001b[1m$ ${command}\u001b[0m${comment === '' ? '' : `   \u001b[2m# ${comment}\u001b[0m`}\n${printed}`,
    )
  }
  const picture = terminalPicture(shown.join('\n'))
  if (process.env['GOLDEN'] === 'write') writeFileSync(path, picture)
  t.equal(lasting(readFileSync(path, 'utf8')), lasting(picture), 'is what this run shows')
  t.match(picture, /<tspan [^>]*fill="#ff6b66"/, 'in colour')
})
