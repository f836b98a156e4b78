import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createLab, labEnv, type Lab } from '../lab/lab.js'
import { find } from '../lab/tools.js'
import { apply, buildProgram, disagreements, proveIn, traces } from './rig.js'

const program = await buildProgram()

t.test('killed at any moment, nothing stays behind', async t => {
  const lab = await createLab({ bridges: ['docker0', 'appnet0'] })
  t.teardown(() => lab.dispose())
  await apply(lab)
  let standing = 0
  for (const [index, signal] of [
    '-KILL',
    '-KILL',
    '-KILL',
    '-KILL',
    '-KILL',
    '-KILL',
    '-TERM',
    '-INT',
  ].entries()) {
    const run = await start(lab)
    const delay = 150 + Math.round(Math.random() * 1200)
    // How long a run takes depends on the machine: every second one is killed as soon as something of it stands.
    if (index % 2 === 0) await sleep(delay)
    const found = index % 2 === 0 ? await traces(lab) : await firstTraces(lab)
    standing += found.length > 0 ? 1 : 0
    await lab.exec(['kill', signal, run])
    const when = index % 2 === 0 ? `after ${delay} ms` : 'while something stood'
    t.strictSame(await settled(lab, []), [], `round ${index}: ${signal} ${when}`)
  }
  await proveIn(lab, program)
  t.strictSame(await traces(lab), [], 'a run that ends clears the neighbour table too')
  t.ok(standing > 2, `something stood to be taken away in ${standing} rounds`)
})

t.test('where nft knows no owner', async t => {
  const lab = await createLab({ bridges: ['docker0'] })
  t.teardown(() => lab.dispose())
  await apply(lab)
  const text = `#!/bin/sh\n[ "$1" = -i ] && exit 1\nexec ${find('nft')} "$@"\n`
  await lab.agent('host').ask({ op: 'write', path: '/run/lab/bin/nft', text, mode: 0o755 })

  const whole = await proveIn(lab, program)
  t.ok(
    whole.probes.every(({ packet }) => packet.holds === true),
    'packets are counted all the same',
    { found: whole.probes },
  )
  t.strictSame(disagreements(whole), [])
  t.strictSame(await traces(lab), [], 'a run that ends leaves nothing')

  const run = await start(lab)
  while (!(await lab.must(['nft', 'list', 'tables'])).includes('taskfence_prove')) await sleep(20)
  await lab.exec(['kill', '-KILL', run])
  const left = await settled(lab, ['table'])
  t.equal(left.length, 1, 'a killed run leaves its counters and nothing else', { left })
  t.match(left[0], /^table inet taskfence_prove_\d+$/)
  await proveIn(lab, program)
  t.strictSame(await traces(lab), [], 'the next run takes them away')
})

/** What stands as soon as something does; nothing where nothing did in 10 seconds. */
async function firstTraces(lab: Lab): Promise<readonly string[]> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const found = (await traces(lab)).filter(text => !text.startsWith('neighbour'))
    if (found.length > 0 || performance.now() > deadline) return found
  }
}

/** The process's number in the lab. */
function start(lab: Lab): Promise<string> {
  const [file = '', ...args] = lab.enter([process.execPath, program])
  const child = spawn(file, args, { env: labEnv, stdio: ['ignore', 'ignore', 'pipe'] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const pid = /^pid (\d+)$/m.exec(text)?.[1]
      if (pid !== undefined) resolve(pid)
    })
  })
}

/** What is there after at most 3 seconds, as the kernel takes namespaces away in its own time. What the host learnt of a neighbour is not counted, nor what begins with a word of `allowed` waited for. */
async function settled(lab: Lab, allowed: readonly string[]): Promise<readonly string[]> {
  for (let tries = 0; ; tries++) {
    const left = (await traces(lab)).filter(text => !text.startsWith('neighbour'))
    if (tries === 30 || left.every(text => allowed.some(word => text.startsWith(word)))) return left
    await sleep(100)
  }
}
