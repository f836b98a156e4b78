import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { metrics } from '../../src/cli/daemon/metrics.js'
import type { Host } from '../../src/host/host.js'
import { fakeHost } from '../fakes/fake-host.js'

function rig(given: Partial<Host['files']> = {}) {
  const lines: string[] = []
  const told = (level: string) => (text: string) => void lines.push(`${level} ${text}`)
  const log = { debug: told('debug'), info: told('info'), warn: told('warn'), error: told('error') }
  const clock = { now: 0 }
  const host = { files: { ...fakeHost().files, ...given }, elapsedMs: () => clock.now }
  return { lines, clock, prometheus: metrics(host, { ...log, flush: () => Promise.resolve() }) }
}

t.test('a port that somebody else has is told once, and asked for again', async t => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { readonly port: number }
  const { lines, clock, prometheus } = rig()
  t.teardown(() => prometheus.stop())
  await prometheus.follow({ port })
  for (clock.now = 0; clock.now < 200_000; clock.now += 10_000) await prometheus.tell(() => 'taskfence 1\n')
  t.same(lines, ['error metrics are not served'])

  await new Promise(resolve => other.close(resolve))
  clock.now += 60_000
  await prometheus.tell(() => 'taskfence 2\n')
  t.same(lines, ['error metrics are not served', 'info metrics are served'])
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  t.equal(await answer.text(), 'taskfence 2\n')
})

t.test('a disk that hangs holds nothing up, and is not asked twice', async t => {
  let writes = 0
  let written: () => void = () => undefined
  const write = () =>
    new Promise<void>(resolve => {
      writes += 1
      written = resolve
    })
  const { clock, prometheus } = rig({ write })
  await prometheus.follow({ textfile: join(t.testdir(), 'taskfence.prom') })
  for (clock.now = 1000; clock.now < 60_000; clock.now += 1000) await prometheus.tell(() => 'text')
  t.equal(writes, 1)
  written()
  await new Promise(resolve => setTimeout(resolve, 1))
  await prometheus.tell(() => 'text')
  t.equal(writes, 2)
  written()
  await prometheus.stop()
})
