import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createLab } from '../lab/lab.js'

// `make executable` made it: the program in a Node that starts from a snapshot. It must do what the script does.

const path = resolve('dist/taskfence')
const skip = existsSync(path)
  ? false
  : 'there is no dist/taskfence: `make executable` makes it, or says why it cannot'

const execute = promisify(execFile)
async function ran(file: string, argv: readonly string[]) {
  const failure = (error: { code: number; stdout: string; stderr: string }) => error
  const { stdout, stderr, ...rest } = await execute(file, argv, { cwd: '/' }).catch(failure)
  return { code: 'code' in rest ? rest.code : 0, stdout, stderr }
}

t.test('it says what the script says', { skip }, async t => {
  const policy = join(t.testdir(), 'policy.json')
  writeFileSync(policy, '{"controls":{"imds-brigde":"observe"}}')
  for (const argv of [
    ['--version'],
    ['check', '--help'],
    ['chek'],
    ['explain', 'imds-bridge'],
    ['explain', '--format', 'json'],
    ['explain', '--policy', policy],
    ['completion', 'bash'],
    ['iam', 'trust-policy', '--help'],
    [],
  ]) {
    const expected = await ran(process.execPath, [resolve('dist/taskfence.js'), ...argv])
    t.same(await ran(path, argv), expected, argv.join(' '))
  }
})

t.test('it finds on a host what the script finds', { skip }, async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  const script = [process.execPath, resolve('dist/taskfence.js')]
  const told = async (program: readonly string[], argv: readonly string[]) => {
    const { exitCode, stdout, stderr } = await lab.exec([...program, ...argv])
    // When it was asked.
    return { exitCode, stderr, stdout: stdout.replace(/"at":\s*"[^"]*"/, '"at"') }
  }
  const same = async (when: string) => {
    for (const argv of [['check'], ['check', '--format', 'json'], ['plan'], ['facts']])
      t.same(await told([path], argv), await told(script, argv), `${argv.join(' ')}, ${when}`)
  }
  await same('before the first apply')
  t.match(await told([path], ['apply']), { exitCode: 0, stderr: '' }, 'apply')
  await same('in sync')
  t.match(await told([path], ['check', '--live']), { exitCode: 0 }, 'it starts itself to send packets')
  await lab.must(['nft', 'flush', 'table', 'inet', 'taskfence'])
  t.match(await told([path], ['check']), { exitCode: 1 }, 'what is open is seen')
  await same('after a flush')
})

// Node wakes up for the first of its timers alone, and here that could be one of the process that was made a snapshot of.
t.test('a time-out comes, however late it is set', { skip }, async t => {
  const hook = join(t.testdir(), 'hook.cjs')
  writeFileSync(
    hook,
    `const from = process.hrtime.bigint()
    setTimeout(() => process.stderr.write(String(Number(process.hrtime.bigint() - from) / 1e6)), Number(process.env.AFTER_MS))
    process.exit = () => undefined`,
  )
  const after = [1, 2, 3, 4, 5, 6, 8, 11].map(seconds => seconds * 1000)
  await Promise.all(
    after.map(async ms => {
      const env = { NODE_OPTIONS: `--require=${hook}`, AFTER_MS: String(ms) }
      const { stderr } = await execute(path, ['--version'], { env, timeout: 30_000 })
      t.ok(Number(stderr) >= ms - 5 && Number(stderr) < ms + 3000, `${ms} ms: ${stderr}`)
    }),
  )
})

t.test('nothing of the host that it was made on is in it', { skip }, t => {
  const bytes = readFileSync(path)
  t.ok(bytes.includes('imds-bridge'), 'texts can be found')
  for (const text of ['br-3f1c2a9d0e77', 'task-on-appnet0', '/run/lab/bin', '10.0.0.10', process.cwd()])
    t.notOk(bytes.includes(text), text)
  t.end()
})
