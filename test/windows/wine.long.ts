import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import t from 'tap'
import { engineProgram, noPowerShell, startEngine } from './engine.js'
import { scriptsIn } from './settings.js'
import { driveC, noWine, startWine } from './wine/wine.js'
import { credentials, freshWorld, restart, workingWorld, type World } from './world.js'

const administrators = { owner: 'S-1-5-32-544', rules: [] }
const policyPath = 'C:\\ProgramData\\Amazon\\taskfence\\policy.json'

t.test('the program as on Windows', { skip: noPowerShell || noWine, timeout: 240_000 }, async t => {
  const engine = startEngine()
  const folder = t.testdir()
  const wine = await startWine(engine, scriptsIn(folder), freshWorld())
  const amazon = join(driveC, 'ProgramData', 'Amazon')
  rmSync(amazon, { recursive: true, force: true })
  t.teardown(async () => {
    engine.stop()
    await wine.stop()
  })
  const program = join(folder, 'Program Files', 'taskfence')
  cpSync('dist', program, { recursive: true })
  const taskfence = (...args: readonly string[]) => wine.node(join(program, 'taskfence.js'), ...args)
  const on = (world: World) => {
    wine.world = { ...world, subnet: null, services: { ...world.services }, done: [] }
    delete wine.world.services['docker']
    wine.ran.length = 0
  }

  t.test('a host that nobody set up: facts, plan, apply, check, and nothing twice', async t => {
    on(freshWorld())
    wine.world.subnet = '172.24.0.0/20'
    t.match(await taskfence('facts'), {
      exitCode: 0,
      stdout: /^ {2}system {10}Windows Server 2022/,
      stderr: '',
    })
    t.match(await taskfence('plan'), { exitCode: 2, stdout: /5 changes on this host/ })
    t.same(wine.world.done, [])
    t.match(await taskfence('apply'), {
      exitCode: 0,
      stdout: /Fenced: 5 changes written and read back, 1 promise/,
    })
    const { done } = wine.world
    t.match(await taskfence('apply', '--format', 'json'), { exitCode: 0, stdout: /"verdict": "in-sync"/ })
    t.same(wine.world.done, done)
    t.match(JSON.parse((await taskfence('check', '--format', 'json')).stdout), {
      verdict: 'in-sync',
      claims: [{ holds: true, evidence: `GET http://${credentials}:80/v2/credentials: status 400` }],
    })
    t.same(readdirSync(join(amazon, 'taskfence')), ['lock'], 'nothing is left but the lock')
  })

  t.test('after a restart', async t => {
    on(restart(workingWorld()))
    wine.world.subnet = '172.24.0.0/20'
    t.equal((await taskfence('check')).exitCode, 1)
    t.equal((await taskfence('apply')).exitCode, 0)
    t.match(wine.world.done, [/^netsh delete/, /^New-NetIPAddress/, /^New-NetRoute/, /^netsh add/])
  })

  t.test('exit codes', async t => {
    const cases: readonly (readonly [
      string,
      number,
      RegExp,
      readonly string[],
      (world: World) => unknown,
    ])[] = [
      ['what cannot be told', 3, /route[^]*docker does not tell/, ['plan'], () => undefined],
      [
        'another Windows',
        69,
        /Windows 11 Pro/,
        ['check'],
        world => (world.os = { Caption: 'Windows 11 Pro', BuildNumber: '22631', ProductType: 1 }),
      ],
      ['packets', 69, /Windows has none/, ['prove'], () => undefined],
      ['not as Administrator', 77, /as Administrator/, ['apply'], world => (world.administrator = false)],
      ['usage', 64, /unknown/i, ['aply'], () => undefined],
    ]
    for (const [name, exitCode, says, args, spoil] of cases) {
      on(workingWorld())
      spoil(wine.world)
      const ended = await taskfence(...args)
      t.match({ exitCode: ended.exitCode, said: ended.stdout + ended.stderr }, { exitCode, said: says }, name)
      t.same(wine.world.done, [])
    }
  })

  t.test('a policy at its place on Windows', async t => {
    mkdirSync(join(amazon, 'taskfence'), { recursive: true })
    writeFileSync(join(amazon, 'taskfence', 'policy.json'), '{ "controls": { "windows-firewal": "off" } }')
    on(workingWorld())
    t.match(await taskfence('check'), { exitCode: 78, stderr: /cannot tell who may write it/ })
    wine.world.files = { [policyPath]: administrators }
    t.match(await taskfence('check'), { exitCode: 78, stderr: /policy\.json:1:.*windows-firewall/ })
    rmSync(join(amazon, 'taskfence', 'policy.json'))
  })

  t.test('the write lock is Windows\u2019 own', async t => {
    on(restart(workingWorld()))
    const args = [engineProgram, resolve('windows/Hold-Lock.ps1'), '-Path', join(amazon, 'taskfence', 'lock')]
    const other = spawn('dotnet', [...args, '-WaitSeconds', '1'], { stdio: ['pipe', 'pipe', 'inherit'] })
    other.stdin.write('held\n')
    await new Promise(held => other.stdout.once('data', held))
    t.match(await taskfence('apply', '--lock-wait', '1'), { exitCode: 75, stderr: /another run holds C:\\/ })
    t.same(wine.world.done, [])
    other.stdin.end()
  })

  t.test('files', async t => {
    const outfile = join(folder, 'files.cjs')
    await build({
      ...{ bundle: true, platform: 'node', target: 'node20', outfile },
      entryPoints: ['test/windows/wine/files-program.ts'],
    })
    const { stdout, stderr } = await wine.node(outfile)
    t.equal(stderr, '')
    t.match(JSON.parse(stdout), {
      missing: null,
      seen: ['100000 1'],
      left: [],
      ontoFolder: /is not a regular file/,
      folderOnFile: /is not a folder/,
      ...{ folderTwice: 'done', removed: 'done', removedAgain: 'done', listedNowhere: null },
      listed: ['file', 'in the way'],
    })
  })

  t.test('what it prints for containers is what ships', async t => {
    const { stdout } = await taskfence('container-bootstrap', '--shell', 'cmd')
    t.equal(stdout, readFileSync('windows/container/bootstrap.cmd', 'utf8'))
  })
})
