import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, createReadStream, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/** The program as a process of its own, from its source. */
async function program(argv: readonly string[], reader: 'reads' | 'leaves') {
  const child = spawn(process.execPath, ['.tap/compiled/src/cli/main.js', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  if (reader === 'leaves') child.stdout.destroy()
  else child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

t.test('a run ends with the exit code of what it found', async t => {
  const version = await program(['--version'], 'reads')
  t.match(version, { code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' })
  const wrong = await program(['chek'], 'reads')
  t.match(wrong, { code: 64, stdout: '', stderr: /^taskfence: unknown command "chek"; did you mean check\?/ })
})

t.test('explain tells of every control of this program', async t => {
  const { code, stdout, stderr } = await program(['explain', 'imds-bridge'], 'reads')
  t.match({ code, stderr }, { code: 0, stderr: '' })
  t.match(stdout, /^imds-bridge: [\s\S]*By hand:\n {2}iptables [\s\S]*Limits:\n[\s\S]*Source: /)
})

t.test('a reader who leaves early is no error', async t => {
  const { code, stderr } = await program(['--help'], 'leaves')
  t.match({ code, stderr }, { code: 0, stderr: '' })
})

t.test('an output that takes nothing is one line, and no success', async t => {
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, ['.tap/compiled/src/cli/main.js', 'explain'], {
    stdio: ['ignore', full, 'pipe'],
  })
  closeSync(full)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  t.same(await once(child, 'close'), [3, null])
  t.match(stderr, /^taskfence: standard output: ENOSPC[^\n]*\n$/)
})

t.test('a full pipe that does not wait gets every word all the same', async t => {
  const path = join(t.testdir(), 'pipe')
  execFileSync('mkfifo', [path])
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const before = fill(pipe)
  const child = spawn(process.execPath, ['.tap/compiled/src/cli/main.js', 'explain', 'imds-bridge'], {
    stdio: ['ignore', pipe, 'inherit'],
  })
  await new Promise(resolve => setTimeout(resolve, 3000))
  let text = ''
  const reader = createReadStream(path).on('data', chunk => (text += chunk.toString()))
  closeSync(pipe)
  const [ended] = await Promise.all([once(child, 'close'), once(reader, 'end')])
  t.same(ended, [0, null])
  const { stdout } = await program(['explain', 'imds-bridge'], 'reads')
  t.equal(text.slice(before), stdout)
})

/** Answers how many bytes went in. */
function fill(pipe: number): number {
  let written = 0
  try {
    for (;;) written += writeSync(pipe, 'x'.repeat(1024))
  } catch {
    return written
  }
}
