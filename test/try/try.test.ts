import { existsSync } from 'node:fs'
import t from 'tap'
import { execute } from '../lab/execute.js'
import { find } from '../lab/tools.js'

// The built program, as `make try` runs it, and without what the test runner tells its children.

const program = `${process.cwd()}/dist/dev/try.js`
const asNobody = [find('setpriv'), '--reuid=65534', '--regid=65534', '--clear-groups']

for (const [who, prefix] of [
  ['as whoever runs the tests', []],
  ['as nobody, in a user namespace', asNobody],
] as const)
  t.test(
    `make try, ${who}`,
    { skip: who.includes('nobody') && process.getuid?.() !== 0 && 'whoever runs this is nobody already' },
    async t => {
      t.ok(existsSync(program), 'built')
      const { exitCode, stdout, stderr } = await execute(
        [...prefix, find('env'), '-i', process.execPath, program],
        {
          timeoutMs: 60_000,
        },
      )
      t.equal(exitCode, 0, stderr)
      t.notMatch(stdout, /expected:/, 'every request went as promised')
      t.match(stdout, /Attack 3/)
      t.notMatch(stdout, '\u001b', 'plain where there is no terminal')
    },
  )
