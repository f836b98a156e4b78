import { readFileSync } from 'node:fs'
import t from 'tap'
import { iamRules } from '../../src/model/iam.js'
import { allow, getRole, goodTrust, trust } from '../iam/policies.js'
import { golden } from '../report/golden.js'
import { schemaFaults } from '../report/schema.js'
import { taskfence } from './fakes.js'

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
const files = {
  'good.json': text(goodTrust),
  'role.json': text(
    getRole(
      trust({
        Principal: { Service: ['ecs-tasks.amazonaws.com', 'ec2.amazonaws.com'] },
        Condition: undefined,
      }),
    ),
  ),
  'wide.json': text(allow(['s3:*'], '*')),
  'odd.json': '{"Resources": {}}',
  'unreadable.json': { error: 'permission denied' },
  '/dev/stdin': text(goodTrust),
}
const lint = (argv: string) => taskfence(['iam', 'lint', ...argv.split(' ')], { files, userId: 1000 })

t.test('the exit code says whether anything was found, or could not be told', async t => {
  for (const [argv, exit] of [
    ['good.json', 0],
    ['-', 0],
    ['good.json wide.json', 1],
    ['odd.json', 3],
    ['missing.json', 3],
    ['unreadable.json good.json', 3],
    ['odd.json wide.json', 1],
    ['good.json --account 111122223333', 0],
    ['good.json --account 999988887777', 1],
    ['good.json --role instance', 1],
    ['good.json --role owner', 64],
    ['good.json --account x', 64],
    ['good.json --only imds-bridge', 64],
  ] as const)
    t.equal((await lint(argv)).exit, exit, argv)
  t.match(await taskfence(['iam', 'lint']), { exit: 64, stderr: /no file was given/ })
})

t.test('text and JSON tell where, why and what to write', async t => {
  const argv = 'role.json wide.json odd.json missing.json unreadable.json good.json'
  golden(t, 'iam-lint.txt', (await lint(argv)).stdout)
  golden(t, 'iam-lint-good.txt', (await lint('good.json')).stdout)
  const { stdout } = await lint(`${argv} --format json`)
  t.same(schemaFaults(stdout, 'iamLint'), [])
  t.equal((JSON.parse(stdout) as { readonly verdict: string }).verdict, 'findings')
  t.match((await lint('odd.json --format json')).stdout, '"verdict": "unknown"')
})

t.test('what a policy names cannot move the cursor', async t => {
  const odd = { 'x.json': text(trust({ Principal: { Service: '\u001b[2J', '\u009b1A': 'x' } })) }
  t.notMatch((await taskfence(['iam', 'lint', 'x.json'], { files: odd })).stdout, /[\u001b\u009b]/u)
})

t.test('docs/iam.md tells of every rule', async t => {
  const page = readFileSync('docs/iam.md', 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, rule]) => rule)
  t.same(
    rows.filter(rule => iamRules.some(known => known === rule)),
    iamRules,
  )
})
