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

t.test('it is a process like any other', { skip }, async t => {
  const cwd = t.testdir({
    'hook.cjs': `process.stderr.write(JSON.stringify({
      cwd: process.cwd(), env: process.env.WORD, offset: new Date().getTimezoneOffset(), umask: process.umask(),
      user: process.getuid(), group: process.getgid(), host: require('node:os').hostname(), events: process.eventNames(),
      exitListeners: process.listenerCount('exit'), started: Math.abs(performance.timeOrigin - Date.now()) < 60_000,
    }) + require('node:crypto').randomUUID())`,
    'policy.json': '{"controls":{"imds-bridge":"observe"}}',
  })
  const env = { WORD: 'word', TZ: 'Asia/Kathmandu', NODE_OPTIONS: '--require=./hook.cjs' }
  const told = async (file: string, ...argv: readonly string[]) => {
    const options = ['explain', 'imds-bridge', '--policy', 'policy.json', '--format', 'json']
    const { stdout, stderr } = await execute(file, [...argv, ...options], { cwd, env })
    return { stdout, process: stderr.slice(0, -36), uuid: stderr.slice(-36) }
  }
  const [script, one, other] = await Promise.all([
    told(process.execPath, resolve('dist/taskfence.js')),
    told(path),
    told(path),
  ])
  t.match(one.process, /"offset":-345/)
  t.match(one.stdout, /observe/, 'the policy of its own folder')
  t.same([one.stdout, one.process], [script.stdout, script.process])
  t.not(one.uuid, other.uuid, 'another one each time')
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
