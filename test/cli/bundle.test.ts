import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const execute = promisify(execFile)
const folder = join(t.testdir(), 'dist')
const program = join(folder, 'taskfence.js')

/** What the bundle prints: every package that a run may load must work outside node_modules. */
async function run(...argv: readonly string[]) {
  const failure = (error: { code: number; stdout: string; stderr: string }) => error
  const { stdout, stderr, ...rest } = await execute(process.execPath, [program, ...argv], { cwd: '/' }).catch(
    failure,
  )
  return { code: 'code' in rest ? rest.code : 0, stdout, stderr }
}

t.before(() => execute(process.execPath, ['build.js', folder]))

t.test('the bundle starts, and loads what it needs when it needs it', async t => {
  t.match(await run('--version'), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/ }, 'version')
  t.match(await run('check', '--help'), { code: 0, stdout: /^taskfence check/ }, 'help')
  t.match(await run('chek'), { code: 64, stderr: /did you mean check\?/ }, 'suggestions')
  t.match(await run('explain', 'imds-bridge'), { code: 0, stdout: /^imds-bridge: / }, 'controls')
  const policy = join(t.testdir(), 'policy.json')
  writeFileSync(policy, '{"controls":{"imds-bridge":"observe"}}')
  t.match(
    await run('explain', 'imds-bridge', '--policy', policy),
    { stdout: /policy:\s+observe/ },
    'a policy',
  )
  writeFileSync(policy, '{"controls":{"imds-brigde":"observe"}}')
  t.match(
    await run('explain', '--policy', policy),
    { code: 78, stderr: /did you mean "imds-bridge"\?/ },
    'a bad one',
  )
})

t.test('what V8 compiled beforehand is used, and not needed', async t => {
  const cache = `${join(folder, 'program.js')}.cache`
  t.match(await run('--version'), { code: 0 }, 'as built')
  writeFileSync(cache, 'not of this Node')
  t.match(await run('--version'), { code: 0, stderr: '' }, 'refused')
  rmSync(cache)
  t.match(await run('--version'), { code: 0, stderr: '' }, 'missing')
})
