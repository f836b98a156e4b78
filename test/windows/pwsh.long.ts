import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { scriptsIn, settings, type Answer } from './settings.js'
import { answers, freshWorld, restart, workingWorld, type World } from './world.js'

/** Not by the program `pwsh` beside it, which would outlive a signal to end. */
const pwsh = resolve(
  'node_modules/.cache/taskfence-powershell/pwsh/.store/powershell/7.6.9/powershell/7.6.9/tools/net10.0/any/unix/pwsh.dll',
)
const noPwsh: string | false = existsSync(pwsh)
  ? false
  : `PowerShell itself is not there (${pwsh}): test/need.sh test installs it with the .NET SDK`
const noRoot: string | false = process.getuid?.() === 0 ? false : 'a network namespace of its own takes root'

interface Call {
  readonly file: string
  readonly arguments: Readonly<Record<string, unknown>>
}

t.test('PowerShell itself: its own JSON, and every setting asked and set', { skip: noPwsh }, async t => {
  const scripts = scriptsIn(t.testdir())
  const asks = [{ Test: true }, { Set: true }, { Set: true }, { Test: true }]
  const calls = settings.flatMap(name =>
    asks.map(args => ({ file: join(scripts, 'settings', `${name}.ps1`), arguments: args })),
  )
  const { ran, world, stderr } = await runAll(calls, restart(workingWorld()))
  t.equal(stderr, '')
  t.ok(answers(world))
  for (const [index, name] of settings.entries()) {
    const [before, set, again, after] = ran.slice(index * asks.length, (index + 1) * asks.length)
    const lost = ['address', 'route', 'portproxy'].includes(name)
    t.match(before, { exitCode: lost ? 2 : 0, answer: { holds: !lost } }, `${name} asked`)
    t.match(set, { exitCode: 0, answer: { holds: true, because: null } }, `${name} set`)
    t.equal(set?.answer.done.length !== 0, lost)
    for (const later of [again, after])
      t.match(later, { exitCode: 0, answer: { holds: true, done: [] } }, `${name} left alone`)
  }
})

t.test('PowerShell itself: what is denied is seen', { skip: noPwsh }, async t => {
  const scripts = scriptsIn(t.testdir())
  const call = (name: string, args: object) => ({
    file: join(scripts, 'settings', `${name}.ps1`),
    arguments: { ...args },
  })
  const world = { ...freshWorld(), denied: ['New-NetRoute', 'Get-NetFirewallRule'] }
  const { ran } = await runAll([call('route', { Set: true }), call('firewall', { Test: true })], world)
  t.match(ran[0], { exitCode: 1, answer: { holds: false, because: /denied/, done: [] } })
  t.match(ran[1], { exitCode: 3, answer: { holds: null, because: /denied/ } })
})

t.test(
  'a network that changes is looked at at once',
  { skip: noPwsh || noRoot, timeout: 110_000 },
  async t => {
    const folder = t.testdir({ data: {} })
    const scripts = scriptsIn(folder)
    hearForReal(scripts)
    const program = join(folder, 'taskfence.exe')
    writeFileSync(program, '#!/bin/sh\necho "called with $*"\n')
    chmodSync(program, 0o755)
    const data = join(folder, 'data')
    mkdirSync(data, { recursive: true })
    const world: World = { ...workingWorld(), files: { [data]: { owner: 'S-1-5-18', rules: [] } } }
    const options = { DataFolder: data, Policy: join(folder, 'none'), EverySeconds: 600, Looks: 3 }
    // Without an event it would wait for half an hour.
    const { stderr, ran } = await runAll(
      [{ file: join(scripts, 'Start-Taskfence.ps1'), arguments: options }],
      world,
      ['unshare', '--net', '--', resolve('test/windows/pwsh/restless-network.sh')],
    )
    t.equal(stderr, '')
    t.equal(ran.length, 1)
    t.match(readFileSync(join(data, 'taskfence.log'), 'utf8'), /^\S+Z called with apply --no-color\r\n$/)
  },
)

/** The one function that listens to the network, in place of the one that does not. */
function hearForReal(scripts: string): void {
  const of = (text: string) => /^function Register-NetworkChange \{\n[^]*?^\}/m.exec(text)?.[0] ?? ''
  const path = join(scripts, 'Machine.psm1')
  const pretended = readFileSync(path, 'utf8')
  const real = of(readFileSync('windows/Machine.psm1', 'utf8'))
  writeFileSync(
    path,
    pretended.replace(of(pretended), () => real),
  )
}

async function runAll(calls: readonly Call[], world: World, before: readonly string[] = []) {
  const [file = '', ...args] = [
    ...before,
    ...['dotnet', pwsh, '-NoProfile', '-NonInteractive', '-File', 'test/windows/pwsh/run.ps1'],
  ]
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 100_000,
    killSignal: 'SIGKILL',
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (piece: Buffer) => (said[name] += piece.toString()))
  child.stdin.end(`${JSON.stringify({ world, calls })}\n`)
  const code = await new Promise<number | null>(end => child.on('close', end))
  if (code !== 0) throw new Error(`pwsh ended with ${code}: ${said.stdout}${said.stderr}`)
  const lines = said.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Line)
  return {
    world: lines.at(-1)?.world ?? world,
    ran: lines.slice(0, -1).map(({ exitCode, printed = [] }) => ({
      exitCode,
      answer: JSON.parse(printed[0] ?? 'null') as Answer,
    })),
    stderr: said.stderr,
  }
}

interface Line {
  readonly exitCode?: number
  readonly printed?: readonly string[]
  readonly world?: World
}
