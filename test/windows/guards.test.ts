import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import t from 'tap'
import { loadPolicy } from '../../src/cli/policy/load.js'
import { engineProgram, noPowerShell, startEngine } from './engine.js'
import { scriptsIn } from './settings.js'
import { windowsHost } from './windows-host.js'
import { freshWorld, type World } from './world.js'

const administrators = 'S-1-5-32-544'
const system = 'S-1-5-18'
const full = 0x1f01ff
const read = 0x120089
const write = 0x2
const allow = (who: string, rights: number) => ({ who, kind: 'Allow' as const, rights })

t.test('a policy that others may write is none', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  const scripts = scriptsIn(t.testdir())
  const path = 'C:\\ProgramData\\Amazon\\taskfence\\policy.json'
  const loaded = async (list: NonNullable<World['files']>[string] | undefined, denied: string[] = []) => {
    const world = { ...freshWorld(), denied, files: list === undefined ? {} : { [path]: list } }
    const host = windowsHost(engine, scripts, world)
    const text = async (asked: string) => (asked === path ? '{}' : null)
    const files = { ...host.files, read: text, readText: text }
    return loadPolicy(undefined, { ...host, files }, [{ id: 'x' }])
  }
  const own = [allow(administrators, full), allow(system, full)]
  await t.resolves(loaded({ owner: administrators, rules: [...own, allow('S-1-5-32-545', read)] }))
  const refused: readonly (readonly [string, Parameters<typeof loaded>[0], RegExp])[] = [
    ['a user may write', { owner: system, rules: [...own, allow('S-1-5-32-545', write)] }, /S-1-5-32-545/],
    ['a user owns it', { owner: 'S-1-5-21-1-2-3-1001', rules: own }, /S-1-5-21-1-2-3-1001/],
    ['everybody may take it', { owner: system, rules: [...own, allow('S-1-1-0', 0x80000)] }, /S-1-1-0/],
    ['nobody can tell', undefined, /cannot tell who may write it/],
  ]
  for (const [name, list, message] of refused)
    await t.rejects(loaded(list), { code: 'E_POLICY', message }, name)
  const denying = { owner: system, rules: [...own, { who: 'S-1-1-0', kind: 'Deny' as const, rights: full }] }
  await t.resolves(loaded(denying), 'who is denied to write does not')
})

t.test('the lock', { skip: noPowerShell }, async t => {
  const folder = t.testdir()
  const path = join(folder, 'lock')

  t.test('one has it, others wait; it goes with whoever has it', async t => {
    const first = holder(path, 5)
    t.equal(await first.says('held'), 'held')
    const second = holder(path, 0.3)
    t.equal(await second.says('held'), null, 'in vain')
    t.same(await second.ended, [1, ''])
    const third = holder(path, 20)
    const waits = third.says('held')
    first.child.kill('SIGKILL')
    t.equal(await waits, 'held')
    third.child.stdin.end()
    t.same(await third.ended, [0, ''])
  })

  t.test('a link is no lock, and a folder that is not there no reason to wait', async t => {
    const link = join(folder, 'link')
    symlinkSync(path, link)
    const [[code, words], [other, reason]] = await Promise.all([
      holder(link, 5).ended,
      holder(join(folder, 'none', 'lock'), 60).ended,
    ])
    t.equal(code, 1)
    t.match(words, /is a link, not a lock/)
    t.equal(other, 1)
    t.match(reason, /Could not find a part of the path/)
  })
})

interface Holder {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  says(word: string): Promise<string | null>
  readonly ended: Promise<readonly [number | null, string]>
}

/** Windows/Hold-Lock.ps1 in a process of its own. */
function holder(path: string, seconds: number): Holder {
  const args = [
    engineProgram,
    resolve('windows/Hold-Lock.ps1'),
    '-Path',
    path,
    '-WaitSeconds',
    String(seconds),
  ]
  const child = spawn('dotnet', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let stderr = ''
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  child.stdin.on('error', () => undefined)
  return {
    child,
    async says(word) {
      child.stdin.write(`${word}\n`)
      const line = await lines.next()
      return line.done === true ? null : line.value
    },
    ended: new Promise(end =>
      child.on('close', code => {
        end([code, stderr])
      }),
    ),
  }
}
