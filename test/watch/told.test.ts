import { spawnSync } from 'node:child_process'
import t from 'tap'
import type { DaemonStatus } from '../../src/model/status.js'
import { whyNoCgroups } from '../lab/cgroups.js'
import { createLab } from '../lab/lab.js'
import { lookUp } from '../lab/tools.js'
import { startDaemon } from './daemon.js'

const prom = '/var/log/taskfence.prom'
const socket = '/run/metrics.sock'

t.test('status and metrics tell what the daemon saw and did', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  const status = async (...args: readonly string[]) => lab.taskfence(['status', ...args])

  const before = await status()
  t.equal(before.exitCode, 3)
  t.match(before.stdout, /^No daemon runs here/)

  await lab.write(
    '/etc/taskfence/policy.json',
    JSON.stringify({ metrics: { textfile: prom, socket, port: 9469 } }),
  )
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)
  const repaired = daemon.next(/info repaired .*DOCKER-USER/)
  await lab.must(['iptables', '-F', 'DOCKER-USER'])
  await repaired
  await daemon.next(/debug looked/)

  // Records are written beside the looks, and a trigger takes its time to begin: a busy machine tells both later.
  const isTold = async () =>
    /audit log {3}\d+ records/.test((await status()).stdout) &&
    /^taskfence_trigger_alive\{trigger="nft-monitor"\} 1$/m.test((await lab.exec(['cat', prom])).stdout)
  for (let turn = 0; turn < 50 && !(await isTold()); turn += 1)
    await new Promise(resolve => setTimeout(resolve, 200))
  const text = await status()
  t.equal(text.exitCode, 0)
  t.match(
    text.stdout,
    /^Protected since [\d-]+ [\d:]+ UTC \(\d+ s\): every promise held at each look\.\n[\s\S]*in-sync\n[\s\S]*drift {7}1 put back, 0 failed\n[\s\S]*audit log {3}\d+ records/,
  )
  const told = JSON.parse((await status('--format', 'json')).stdout) as {
    readonly running: boolean
    readonly daemon: DaemonStatus
    readonly counters: Readonly<Record<string, number>>
  }
  t.match(told, { running: true, daemon: { drifts: { repaired: 1 }, contested: [], onDrift: 'repair' } })
  t.equal(told.daemon.triggers.find(({ name }) => name === 'nft-monitor')?.ailing, null)
  t.type(told.counters['imds_bridge_ipv4'], 'number')

  const texts = [
    await lab.must(['cat', prom]),
    await lab.must(['curl', '-s', '--unix-socket', socket, 'http://localhost/metrics']),
    await lab.must(['curl', '-s', 'http://127.0.0.1:9469/metrics']),
  ]
  for (const metrics of texts) {
    t.match(metrics, /^taskfence_drifts_total\{action="repaired"\} 1$/m)
    t.match(metrics, /^taskfence_repair_duration_seconds_bucket\{le="\+Inf"\} 1$/m)
    t.match(metrics, /^taskfence_claims\{control="imds-bridge",answer="holds"\} [1-9]/m)
    t.match(metrics, /^taskfence_trigger_alive\{trigger="nft-monitor"\} 1$/m)
  }
  t.notMatch(
    await lab.must(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'http://127.0.0.1:9469/']),
    '200',
  )
  const promtool = lookUp('promtool')
  if (promtool === undefined) t.comment('NOT TESTED: promtool is not installed')
  else {
    const checked = spawnSync(promtool, ['check', 'metrics'], { input: texts[0] ?? '', encoding: 'utf8' })
    t.equal(checked.stdout + checked.stderr, '', 'promtool has nothing to say')
  }

  t.notMatch(daemon.log.join('\n'), /did not show a change/, 'nft monitor was heard')

  await lab.write('/etc/taskfence/policy.json', '{}')
  const read = daemon.next(/info policy read again/)
  await daemon.tell('SIGHUP')
  await read
  t.not((await lab.exec(['curl', '-s', 'http://127.0.0.1:9469/metrics'])).exitCode, 0, 'off again')

  const started = Date.now()
  t.equal(await daemon.end(), 0)
  t.ok(Date.now() - started < 1500, 'it ends soon')
  const after = await status()
  t.match(after, { exitCode: 3, stdout: /^No daemon runs here[\s\S]*The last one looked at/ })
})

t.test('the end of the audit log cut off shows, and a bad place for metrics is refused', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  await lab.write('/etc/taskfence/policy.json', '{"metrics":{"textfile":"/var/x.txt"}}')
  const refused = await lab.taskfence(['watch'])
  t.match(refused, { exitCode: 78, stderr: /metrics\.textfile: expected a name that ends with "\.prom"/ })
  await lab.write('/etc/taskfence/policy.json', '{}')
  const daemon = await startDaemon(t, lab)
  await daemon.end()
  t.equal((await lab.taskfence(['audit', '--verify'])).exitCode, 0)
  const log = await lab.must(['cat', '/var/log/taskfence/audit.jsonl'])
  await lab.write('/var/log/taskfence/audit.jsonl', log.replace(/[^\n]*\n$/, ''))
  t.match(await lab.taskfence(['audit', '--verify']), {
    exitCode: 1,
    stdout: /record \d+, which the daemon wrote/,
  })
  // Of the next daemon too, whatever it writes.
  const next = await startDaemon(t, lab)
  const repaired = next.next(/info repaired .*DOCKER-USER/)
  await lab.must(['iptables', '-F', 'DOCKER-USER'])
  await repaired
  await next.end()
  t.match(await lab.taskfence(['audit', '--verify']), {
    exitCode: 1,
    stdout: /not the one it was written after/,
  })
})

const skip = whyNoCgroups('v2') ?? false
t.test('where the tree of cgroups is watched too, no metric is told twice', { skip }, async t => {
  const lab = await createLab({ cgroups: 'v2' })
  t.teardown(() => lab.dispose())
  await lab.write('/etc/taskfence/policy.json', JSON.stringify({ metrics: { textfile: prom } }))
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)
  const samples = (await lab.must(['cat', prom])).match(/^[^#].*(?= \S+$)/gm) ?? []
  t.ok(samples.length > 20)
  t.same(samples.length, new Set(samples).size)
  t.equal(await daemon.end(), 0)
})
