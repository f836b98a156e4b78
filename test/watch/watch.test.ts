import { spawn } from 'node:child_process'
import t from 'tap'
import type { AuditRecord } from '../../src/model/audit.js'
import { createLab, labEnv, type Lab } from '../lab/lab.js'
import { startDaemon } from './daemon.js'

const rule = ['DOCKER-USER', '-d', '169.254.169.254/32', '-i', 'docker+', '-m', 'comment']
const drop = [...rule, '--comment', 'taskfence-imds-bridge', '-j', 'DROP']
const key = '/proc/sys/net/ipv4/conf/all/route_localnet'

const stands = async (lab: Lab): Promise<boolean> => {
  const { exitCode } = await lab.exec(['iptables', '-C', ...drop])
  return exitCode === 0
}

t.test('what drifts is seen when it happens, put back, and blamed on whoever did it', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)

  let repaired = daemon.next(/info repaired .*DOCKER-USER/)
  await lab.must(['iptables', '-D', ...drop])
  t.match(await repaired, /from=absent pid=\d+ command="?iptables/, 'a rule deleted')
  t.ok(await stands(lab))

  repaired = daemon.next(/info repaired entry="?sysctl/)
  await lab.must(['tee', key], { input: '0\n' })
  t.match(await repaired, /from=0/, 'a key of the kernel')
  t.equal((await lab.must(['cat', key])).trim(), '1')

  repaired = daemon.next(/info repaired entry="nft inet taskfence forward imds_bridge_ipv4"/)
  await lab.must(['nft', 'flush', 'ruleset'])
  t.match(await repaired, /command="?nft/, 'all rules flushed')
  // A look that began in the middle of a flush is followed by another one.
  let check = await lab.taskfence(['check'])
  for (const end = Date.now() + 10_000; check.exitCode !== 0 && Date.now() < end;)
    check = await lab.taskfence(['check'])
  t.equal(check.exitCode, 0, `a one-shot command works beside it\n${check.stdout}`)

  const second = await lab.taskfence(['watch'])
  t.equal(second.exitCode, 75, 'one daemon watches a host')
  t.match(second.stderr, /daemon \(pid \d+, `taskfence watch`/)

  t.equal(await daemon.end(), 0, 'told to end')
  t.ok(await stands(lab), 'all rules stay')

  const { stdout } = await lab.taskfence(['audit', '--format', 'json'])
  const { records } = JSON.parse(stdout) as { readonly records: readonly AuditRecord[] }
  t.equal(records[0]?.by, 'apply', 'what apply wrote')
  const [rule, key_, flushed] = records.filter(({ by }) => by === 'watch')
  t.match(rule, { entry: /DOCKER-USER/, from: null, action: 'repaired', who: { command: /iptables/ } })
  t.match(key_, { entry: /route_localnet/, from: '0', to: '1', action: 'repaired' })
  t.match(flushed, { who: { command: /nft/ } })
  t.equal((await lab.taskfence(['audit', '--verify'])).exitCode, 0)
})

t.test('by policy it only reports; a policy is read again when told, and a bad one refused', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.write('/etc/taskfence/policy.json', '{"onDrift":"report"}')
  const daemon = await startDaemon(t, lab)

  const reported = daemon.next(/warn reported .*DOCKER-USER/)
  await lab.must(['iptables', '-D', ...drop])
  await reported
  t.notOk(await stands(lab), 'left as it is')

  const refused = daemon.next(/error the new policy is refused/)
  await lab.write('/etc/taskfence/policy.json', '{"onDrift":"repiar"}')
  await daemon.tell('SIGHUP')
  t.match(await refused, /repiar/)

  const repaired = daemon.next(/info repaired .*DOCKER-USER/)
  await lab.write('/etc/taskfence/policy.json', '{"onDrift":"repair"}')
  await daemon.tell('SIGHUP')
  await repaired
  t.ok(await stands(lab))

  const byTime = daemon.next(/debug looked .*reasons=schedule/)
  await lab.write('/etc/taskfence/policy.json', '{"watch":{"schedule":"* * * * * *","jitterSeconds":0}}')
  await daemon.tell('SIGHUP')
  t.ok(await byTime, 'when to look as well')
  t.equal(await daemon.end(), 0)
})

t.test('told to end while a look waits for somebody: within a second', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)
  const [file = '', ...args] = lab.enter(['flock', '/run/taskfence/lock', 'sleep', '60'])
  const holder = spawn(file, args, { stdio: 'ignore', env: labEnv })
  t.teardown(() => holder.kill('SIGKILL'))
  await new Promise(resolve => setTimeout(resolve, 500))
  await lab.must(['iptables', '-D', ...drop])
  await new Promise(resolve => setTimeout(resolve, 500))
  t.notOk(await stands(lab), 'the look waits')
  const begun = Date.now()
  t.equal(await daemon.end(), 0)
  t.ok(Date.now() - begun < 1500, `${Date.now() - begun} ms`)
})
