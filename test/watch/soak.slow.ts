import t from 'tap'
import type { DaemonStatus } from '../../src/model/status.js'
import { pidsOf } from '../lab/processes.js'
import { createLab, type Lab } from '../lab/lab.js'
import { startDaemon } from './daemon.js'

// `make test-slow`. SOAK_SECONDS: how long; ten minutes when it is not set.

const seconds = Number(process.env['SOAK_SECONDS'] ?? 600)
const rule = 'DOCKER-USER -d 169.254.169.254/32 -i docker+ -m comment --comment taskfence-imds-bridge -j DROP'
const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
t.setTimeout((seconds + 120) * 1000)

/** What happens to a host, in turn. */
const troubles: readonly ((lab: Lab) => Promise<unknown>)[] = [
  lab => lab.exec(['iptables', '-D', ...rule.split(' ')]),
  lab => lab.exec(['tee', '/proc/sys/net/ipv4/conf/all/route_localnet'], { input: '0\n' }),
  lab => lab.exec(['nft', 'flush', 'ruleset']),
  lab => lab.exec(['rm', '/etc/taskfence/fence.nft']),
  lab => lab.exec(['sh', '-c', 'ip link add br-soak type bridge; ip link del br-soak']),
  async lab => lab.exec(['kill', '-KILL', ...(await pidsOf(lab, 'nft'))]),
  lab => lab.taskfence(['apply']),
  lab => lab.exec(['iptables', '-F']),
]

t.test(`${seconds} seconds of troubles`, async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.write('/etc/taskfence/policy.json', '{"watch":{"contest":{"repairs":1000}}}')
  const daemon = await startDaemon(t, lab)
  const status = async () => JSON.parse(await lab.must(['cat', '/run/taskfence/status.json'])) as DaemonStatus
  const { pid } = await status()
  const memory = async () =>
    Number(/VmRSS:\s+(\d+)/.exec(await lab.must(['cat', `/proc/${pid}/status`]))?.[1]) / 1024
  const open = async () => (await lab.must(['ls', `/proc/${pid}/fd`])).split('\n').length

  const turn = async (round: number) => {
    await troubles[round % troubles.length]?.(lab)
    await new Promise(resolve => setTimeout(resolve, 700))
  }
  // The first rounds make room for what stays.
  for (let round = 0; round < troubles.length * 2; round += 1) await turn(round)
  await lab.agent('docker0').ask({ op: 'storm', name: 'metadata', url: metadata, everyMs: 5 })
  const before = { memory: await memory(), open: await open() }
  const end = Date.now() + seconds * 1000
  for (let round = 0; Date.now() < end; round += 1) await turn(round)
  const { asked, answered } = await lab.agent('docker0').ask({ op: 'calm', name: 'metadata' })
  t.equal(answered, 0, `none of ${asked} requests of a container was answered`)
  await new Promise(resolve => setTimeout(resolve, 8000))

  const after = { memory: await memory(), open: await open() }
  t.comment(
    `memory ${before.memory.toFixed(1)} MiB, then ${after.memory.toFixed(1)} MiB; files ${before.open}, then ${after.open}`,
  )
  t.ok(after.memory < before.memory * 1.2, 'memory is as it was')
  t.ok(after.open <= before.open + 5, 'no file stays open')
  const last = await status()
  t.equal(last.pid, pid, 'the same daemon')
  t.equal(last.failedLooks, 0)
  t.comment(`${last.looks} looks, ${last.drifts.repaired} repairs`)
  t.equal((await lab.taskfence(['check'])).exitCode, 0)
  t.equal((await lab.taskfence(['audit', '--verify'])).exitCode, 0)
  t.equal(await daemon.end(), 0)
})
