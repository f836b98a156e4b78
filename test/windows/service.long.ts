import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run as typed } from '../../src/cli/run.js'
import { fakeHost } from '../fakes/fake-host.js'
import { noPowerShell, startEngine } from './engine.js'
import { scriptsIn } from './settings.js'
import { answers, credentials, freshWorld, restart, workingWorld, type World } from './world.js'

t.test('taskfence watch is for Linux, and says what watches here', async t => {
  let error = ''
  const code = await typed(['watch'], {
    parts: { host: async () => fakeHost({ osFamily: 'windows' }) } as never,
    stdout: { write: () => undefined },
    stderr: { write: piece => (error += piece) },
    self: { file: 'taskfence', args: [] },
    ...{ env: {}, userId: undefined, pid: 1, now: () => new Date(0), onSignal: () => undefined },
  })
  t.equal(code, 69)
  t.match(error, /a scheduled task of PowerShell watches\. Run windows\\Install-Taskfence\.ps1/)
})

t.test('taskfence as a scheduled task', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  const folder = t.testdir({ 'taskfence.exe': '', data: {} })
  const scripts = scriptsIn(folder)
  const run = async (script: string, args: readonly string[], world: World) =>
    engine.run(join(scripts, script), args, { ...world, scripts })

  t.test('installed twice it is there once, starts with the host and again when it fails', async t => {
    const first = await run('Install-Taskfence.ps1', [], freshWorld())
    t.match(first, { exitCode: 0, stderr: '', stdout: /taskfence runs, and starts with this host/ })
    const again = await run('Install-Taskfence.ps1', [], first.world)
    t.equal(again.world.tasks.length, 1)
    t.match(again.world.tasks[0], {
      ...{ TaskName: 'taskfence', State: 'Running' },
      Trigger: [{ AtStartup: true }, { Once: true, RepetitionInterval: '00:01:00' }],
      Action: {
        Execute: /powershell\.exe$/,
        Argument: /^-NoProfile -NonInteractive -File ".*Start-Taskfence\.ps1"/,
      },
      Principal: { UserId: 'S-1-5-18', RunLevel: 'Highest' },
      Settings: { RestartCount: 255, RestartInterval: '00:01:00', MultipleInstances: 'IgnoreNew' },
    })
    t.ok(first.world.done.some(deed => /^icacls .*inheritance:r.*S-1-5-32-544.*S-1-5-18/.test(deed)))
  })

  t.test('not as Administrator, or without the program: refused', async t => {
    const world = { ...freshWorld(), administrator: false }
    for (const script of ['Install-Taskfence.ps1', 'Uninstall-Taskfence.ps1'])
      t.match(await run(script, [], world), {
        exitCode: 1,
        stderr: /Run this as Administrator/,
        world: { done: [] },
      })
    const bare = scriptsIn(t.testdir())
    const ran = await engine.run(join(bare, 'Install-Taskfence.ps1'), [], freshWorld())
    t.match(ran, { exitCode: 1, stderr: /neither taskfence\.exe nor taskfence\.js/, world: { tasks: [] } })
  })

  t.test('what cannot be done is not told as done', async t => {
    const world = { ...freshWorld(), denied: ['Register-ScheduledTask'] }
    t.match(await run('Install-Taskfence.ps1', [], world), { exitCode: 1, stdout: '', stderr: /denied/ })
    const installed = await run('Install-Taskfence.ps1', [], freshWorld())
    installed.world.denied.push('Unregister-ScheduledTask')
    t.match(await run('Uninstall-Taskfence.ps1', [], installed.world), {
      ...{ exitCode: 1, stdout: '', stderr: /denied/ },
      world: { tasks: [{ TaskName: 'taskfence' }] },
    })
  })

  t.test('a folder that another user made first is refused', async t => {
    const folder = 'C:\\ProgramData\\Amazon\\taskfence'
    const user = 'S-1-5-21-1-2-3-1001'
    for (const list of [
      { owner: user, rules: [] },
      { owner: 'S-1-5-18', rules: [{ who: user, kind: 'Allow' as const, rights: 0x2 }] },
    ])
      t.match(await run('Install-Taskfence.ps1', [], { ...freshWorld(), files: { [folder]: list } }), {
        ...{ exitCode: 1, stderr: /can be written by others: S-1-5-21-1-2-3-1001/ },
        world: { tasks: [] },
      })
  })

  t.test('a folder that would end the quotes around it is none', async t => {
    for (const folder of ['C:\\a" -Command calc "', 'C:\\a\\', ''])
      t.match(await run('Install-Taskfence.ps1', ['-DataFolder', folder], freshWorld()), {
        ...{ exitCode: 1, stderr: /DataFolder/ },
        world: { done: [] },
      })
  })

  t.test('-WhatIf installs nothing', async t => {
    const { world } = await run('Install-Taskfence.ps1', ['-WhatIf'], freshWorld())
    t.same([world.done, world.tasks], [[], []])
  })

  t.test('removed once, and once more', async t => {
    const installed = await run('Install-Taskfence.ps1', [], workingWorld())
    const removed = await run('Uninstall-Taskfence.ps1', [], installed.world)
    t.same(removed.world.tasks, [])
    t.ok(answers(removed.world), 'tasks keep their credentials')
    t.match(await run('Uninstall-Taskfence.ps1', [], removed.world), {
      exitCode: 0,
      stdout: /no scheduled task/,
    })
  })

  const data = join(folder, 'data')
  const looks = (count: number) => ['-DataFolder', data, '-Looks', String(count)]
  const starts = ({ done }: World) => done.filter(deed => deed.startsWith('Start-Process'))
  const events = ({ done }: World) => done.filter(deed => deed.startsWith('event'))

  t.test('it applies when it starts, and then only when something changed', async t => {
    const { world, stderr } = await run('Start-Taskfence.ps1', looks(5), restart(workingWorld()))
    t.equal(stderr, '')
    t.same(starts(world), ['Start-Process taskfence.exe apply --no-color'])
    t.ok(answers(world))
    t.match(readFileSync(join(data, 'taskfence.log'), 'utf8'), /^\d{4}-.*Z all is well\r\n$/)
    t.match(events(world), [
      /^event Warning: drifted: address: no adapter has 169\.254\.170\.2; route: [^;]*; portproxy: [^;]*$/,
      /^event Information: repaired: address/,
    ])
    t.ok(world.done.includes('Register-EventSource'), 'under a service wrapper nobody else did')
    t.ok(world.done.some(deed => deed.startsWith('icacls ')))
  })

  t.test('drift is repaired, and told to the event log', async t => {
    const world = workingWorld()
    world.later = [{}, { addresses: restart(world).addresses }, {}]
    const after = await run('Start-Taskfence.ps1', looks(5), world)
    t.equal(starts(after.world).length, 2)
    t.match(events(after.world), [/^event Warning: drifted: .*no adapter has 169\.254\.170\.2/, /repaired/])
    t.ok(answers(after.world))
  })

  t.test('what cannot be repaired is not tried at every look', async t => {
    const world = { ...restart(workingWorld()), apply: 1 }
    const after = await run('Start-Taskfence.ps1', looks(6), world)
    t.equal(starts(after.world).length, 1)
    t.match(events(after.world), [/Warning: drifted/, /^event Error: taskfence apply ended with exit code 1/])
    const sooner = await run('Start-Taskfence.ps1', [...looks(6), '-FullSeconds', '2'], world)
    t.equal(starts(sooner.world).length, 3, 'but again after a while')
  })

  t.test('what cannot be told is no drift', async t => {
    const after = await run('Start-Taskfence.ps1', looks(1), {
      ...workingWorld(),
      denied: ['Get-NetFirewallRule'],
    })
    t.match(events(after.world), [/^event Warning: could not tell: firewall: Access is denied/])
    t.equal(events(after.world).length, 1)
  })

  t.test('a policy that wants drift reported has nothing written', async t => {
    const policy = join(folder, 'policy.json')
    writeFileSync(policy, '{ "onDrift": "report" }')
    const world = restart(workingWorld())
    const after = await run('Start-Taskfence.ps1', [...looks(2), '-Policy', policy], world)
    t.same(starts(after.world), ['Start-Process taskfence.exe check --no-color'])
    t.match(events(after.world), [/drifted: address/, /^event Error: taskfence check ended with exit code 2/])
    t.same(after.world.addresses, world.addresses)
    for (const [text, order] of [
      ['{}', 'apply'],
      ['{ "onDrift": "repair" }', 'apply'],
      ['null', 'check'],
      ['not JSON', 'check'],
    ] as const) {
      writeFileSync(policy, text)
      const { world } = await run('Start-Taskfence.ps1', [...looks(1), '-Policy', policy], workingWorld())
      t.same(starts(world), [`Start-Process taskfence.exe ${order} --no-color`], text)
    }
  })

  t.test('a look that goes wrong is told once, and is not the last', async t => {
    const world = { ...restart(workingWorld()), denied: ['Start-Process'] }
    world.later = [{}, {}, { denied: [] }]
    const after = await run('Start-Taskfence.ps1', looks(5), world)
    t.match(
      events(after.world).filter(event => event.includes('Error')),
      [/^event Error: a look ended early: .*denied/],
    )
    t.ok(answers(after.world))
  })

  t.test('a log that grew is kept once', async t => {
    const log = join(data, 'taskfence.log')
    writeFileSync(log, 'x'.repeat(6 * 1024 * 1024))
    await run('Start-Taskfence.ps1', looks(1), workingWorld())
    t.match(readFileSync(log, 'utf8'), /all is well/)
    t.equal(readFileSync(`${log}.1`).length, 6 * 1024 * 1024)
  })

  t.test('with ECSTools: the stale proxy goes first, then the module does its work', async t => {
    const modules = join(t.testdir(), 'ECSTools')
    mkdirSync(modules)
    writeFileSync(join(modules, 'ECSTools.psm1'), '')
    writeFileSync(
      join(modules, 'ECSTools.psd1'),
      "@{ ModuleVersion = '1.2.3'; RootModule = 'ECSTools.psm1' }",
    )
    const withTools = startEngine({ PSModulePath: join(modules, '..') })
    t.teardown(() => {
      withTools.stop()
    })
    const initialize = (args: readonly string[], world: World) =>
      withTools.run(join(scripts, 'Initialize-Agent.ps1'), args, world)
    const done = await initialize(['-Cluster', 'prod'], restart(workingWorld()))
    t.match(done, { exitCode: 0, stderr: '', stdout: /"holds":true/ })
    t.same(done.world.done, [`netsh delete ${credentials}`, 'Initialize-ECSAgent prod True False False'])
    const world = workingWorld()
    t.match(await initialize([], world), { exitCode: 1, stdout: /the cluster is not known/ })
    world.machine['ECS_CLUSTER'] = 'kept'
    t.match((await initialize(['-TaskEni'], world)).world.done, ['Initialize-ECSAgent kept True True True'])
    t.match(await initialize(['-Cluster', "prod'; calc"], world), { exitCode: 1, world: { done: [] } })
    world.denied.push('Initialize-ECSAgent')
    t.match(await initialize([], world), { exitCode: 1, stdout: /denied/ })
    t.match(await engine.run(join(scripts, 'Initialize-Agent.ps1'), [], world), {
      exitCode: 1,
      stdout: /ECSTools is not/,
    })
  })
})
