import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../../src/cli/run.js'
import { controls } from '../../src/controls/index.js'
import { reconcile } from '../../src/engine/reconcile.js'
import { survey } from '../../src/engine/survey.js'
import type { Host } from '../../src/host/host.js'
import { readText } from '../../src/host/node-text.js'
import { fakeHost } from '../fakes/fake-host.js'
import { noPowerShell, startEngine } from './engine.js'
import { scriptsIn } from './settings.js'
import { windowsHost, type WindowsHost } from './windows-host.js'
import { workingWorld, type World } from './world.js'

t.test('apply --initialize', { skip: noPowerShell }, async t => {
  const folder = t.testdir({ modules: { ECSTools: {} } })
  const module = join(folder, 'modules', 'ECSTools')
  mkdirSync(module, { recursive: true })
  writeFileSync(join(module, 'ECSTools.psm1'), '')
  writeFileSync(join(module, 'ECSTools.psd1'), "@{ ModuleVersion = '1.2.3'; RootModule = 'ECSTools.psm1' }")
  const engine = startEngine({ PSModulePath: join(folder, 'modules') })
  const without = startEngine()
  t.teardown(() => {
    engine.stop()
    without.stop()
  })
  const scripts = scriptsIn(folder)

  t.test('lets ECSTools do it under the write lock, and then checks all settings', async t => {
    const host = windowsHost(engine, scripts, workingWorld())
    const { code, text, locks } = await typed(['--initialize', '--cluster', 'prod'], host)
    t.equal(code, 0)
    t.same(locks, ['Hold-Lock.ps1', 'released'])
    t.same(host.ran, ['Get-Facts.ps1', 'Initialize-Agent.ps1 -Cluster prod', 'Get-Facts.ps1'])
    t.same(host.world.done, ['Initialize-ECSAgent prod True False False'])
    t.match(text, /ECSTools 1\.2\.3[^]*Fenced: 1 promise holds/)
  })

  t.test('without ECSTools it says so, and what to do instead', async t => {
    const host = windowsHost(without, scripts, workingWorld())
    const { code, error, locks } = await typed(['--initialize', '--cluster', 'prod'], host)
    t.equal(code, 3)
    t.match(error, /ECSTools is not on this host\. Without it, taskfence apply sets the host up by itself\./)
    t.same(locks, ['Hold-Lock.ps1', 'released'])
  })

  t.test('awsvpc tasks too, where the policy enforces it', async t => {
    const policy = join(folder, 'policy.json')
    writeFileSync(policy, '{ "controls": { "windows-task-eni": "enforce" } }')
    const world = { ...workingWorld(), files: { [policy]: { owner: 'S-1-5-18', rules: [] } } }
    const given = ['--initialize', '--cluster', 'prod', '--policy', policy]
    // Read alone: its folders are names that this machine would make here.
    const withPolicy = (host: WindowsHost) => Object.assign(host, { files: { ...host.files, readText } })
    const host = withPolicy(windowsHost(engine, scripts, world))
    await typed(given, host)
    t.same(host.world.done, ['Initialize-ECSAgent prod True True True'])
    world.os = { Caption: 'Microsoft Windows Server 2016', BuildNumber: '14393', ProductType: 3 }
    const older = withPolicy(windowsHost(engine, scripts, world))
    await typed(given, older)
    t.same(older.world.done, ['Initialize-ECSAgent prod True False False'])
  })

  for (const [name, exitCode, says, spoil] of [
    ['not as Administrator', 77, /as Administrator/, world => (world.administrator = false)],
    [
      'on another Windows',
      69,
      /Windows 11 Pro/,
      world => (world.os = { Caption: 'Windows 11 Pro', BuildNumber: '22631', ProductType: 1 }),
    ],
  ] as const satisfies readonly (readonly [string, number, RegExp, (world: World) => unknown])[])
    t.test(`${name} nothing is begun`, async t => {
      const host = windowsHost(engine, scripts, workingWorld())
      spoil(host.world)
      t.match(await typed(['--initialize', '--cluster', 'prod'], host), {
        ...{ code: exitCode, error: says, locks: [] },
      })
      t.same([host.ran, host.world.done], [['Get-Facts.ps1'], []])
    })

  t.test('a name that is none, or Linux: usage', async t => {
    const host = windowsHost(engine, scripts, workingWorld())
    t.equal((await typed(['--initialize', '--cluster', "x'; calc"], host)).code, 64)
    t.same(host.ran, [])
    t.match(await typed(['--initialize'], fakeHost()), { code: 64, error: /Windows alone/ })
  })
})

/** `taskfence apply WORDS` on this host, and what became of the lock. */
async function typed(words: readonly string[], inner: Host) {
  const locks: string[] = []
  const host: Host = {
    ...inner,
    async start({ args }: { readonly args: readonly string[] }) {
      locks.push(args[3]?.replace(/.*\\/, '') ?? '')
      return {
        ...{
          pid: 1,
          line: async () => 'held',
          send: () => undefined,
          stderr: () => '',
          gone: Promise.resolve(),
        },
        stop: async () => void locks.push('released'),
      }
    },
  }
  let text = ''
  let error = ''
  const parts = {
    host: async () => host,
    controls: async () => controls,
    detect: async () => (await survey(host)).facts,
    reconcile,
  }
  const code = await run(['apply', ...words], {
    parts: parts as never,
    stdout: { write: piece => (text += piece) },
    stderr: { write: piece => (error += piece) },
    self: { file: 'taskfence', args: [] },
    ...{ env: {}, userId: undefined, pid: 1, now: () => new Date(0), onSignal: () => undefined },
  })
  return { code, text, error, locks }
}
