import t from 'tap'
import { whyNoCgroups } from '../lab/cgroups.js'
import { createLab, type Where } from '../lab/lab.js'
import { netCls } from '../lab/net-cls.js'
import { missingTools } from '../lab/tools.js'
import type { ToldReport } from './reality.js'

// Tasks in host network mode on a host with cgroups of version 1 alone: what is told beside what a program there gets.

const urls = [
  'http://169.254.169.254/latest/meta-data/instance-id',
  'http://[fd00:ec2::254]/latest/meta-data/instance-id',
] as const

const missing = missingTools()
const why = missing.length > 0 ? `${missing.join(', ')} not installed` : whyNoCgroups('v1')
const classes = why === undefined ? await netCls() : undefined
t.teardown(() => classes?.remove())
const skip =
  classes === undefined ? `NOT TESTED on a real kernel: ${why ?? 'this machine has no net_cls'}` : false

const task = 'cgroup net_cls/ecs/1/c1'
const later = 'cgroup net_cls/ecs/2/c2'
const ecs = '/sys/fs/cgroup/net_cls/ecs'

t.test('v1 alone', { skip }, async t => {
  const lab = await createLab({ docker: 'none', bridges: ['docker0'], cgroups: 'v1' })
  t.teardown(() => lab.dispose())
  const gets = async (where: Where, wanted: string, words = `${where} gets ${wanted}`) => {
    for (const url of urls)
      t.equal(await lab.http(where, url, { timeoutMs: wanted === 'timed out' ? 700 : 5000 }), wanted, words)
  }
  const run = async (command: string) => {
    const result = await lab.taskfence([command, '--only', 'imds-host', '--format', 'json'])
    const report = JSON.parse(result.stdout) as ToldReport
    const held = [...new Set(report.claims.map(({ holds }) => holds))]
    return { report, exitCode: result.exitCode, held, text: result.stdout }
  }
  const sayClass = (value: string, cgroup: string) =>
    lab.must(['sh', '-ec', `echo ${value} > ${ecs}/${cgroup}/net_cls.classid`])
  const classOf = async (cgroup: string) =>
    (await lab.must(['cat', `${ecs}${cgroup}/net_cls.classid`])).trim()
  const say = (mode: string) =>
    lab.write('/etc/taskfence/policy.json', JSON.stringify({ controls: { 'imds-host': mode } }))

  await say('enforce')
  const without = await run('apply')
  t.match(without.report.skipped[0]?.reason, /version 1 alone, and net_cls is not mounted at/)
  await classes?.enter(lab)
  t.match((await run('apply')).report.skipped[0]?.reason, /^there is no net_cls\/ecs yet/)

  await gets(task, 'answered 200', 'open before')
  await lab.http(task, urls[0], { connection: 'before' })
  const before = await run('check')
  t.strictSame([before.exitCode, before.held], [1, [false]], 'and said to be')
  await say('observe')
  await run('apply')
  await gets(task, 'answered 200', 'observed, nothing is cut')
  t.match(await lab.must(['nft', 'list', 'counters']), /imds_host_cut \{\s+packets [1-9]/, 'and counted')
  await say('enforce')
  const applied = await run('apply')
  t.strictSame([applied.exitCode, applied.held], [0, [true]], applied.text)
  await gets(task, 'timed out')
  t.equal(
    await lab.http(task, urls[0], { connection: 'before', timeoutMs: 700 }),
    'timed out',
    'a connection from before',
  )
  await gets(later, 'timed out', 'a task that came later')
  await gets('cgroup net_cls/docker/agent', 'answered 200', 'a container that is no task')
  await gets('host', 'answered 200', 'the host itself')

  const proven = await lab.taskfence(['prove', '--only', 'imds-host'])
  t.equal(proven.exitCode, 0, proven.stdout)
  t.match(proven.stdout, /counter imds_host_cut \(\+[1-9]/, 'a probe beside the tasks is counted')
  t.notMatch(await lab.must(['ls', ecs]), /taskfence-prove/, 'and leaves nothing')
  t.equal((await run('check')).exitCode, 0)

  await sayClass('0', '.')
  await sayClass('0', '1/c1')
  const astray = await run('check')
  t.match(astray.text, /"id": ?"class of .*net_cls\/ecs"/, 'it is drift')
  t.strictSame([astray.exitCode, astray.held], [1, [false]], 'and a promise that is broken')
  await gets(task, 'answered 200', 'as a packet tells')
  t.equal((await run('apply')).exitCode, 0)
  await gets(task, 'timed out', 'mended')

  await sayClass('0x10001', '1')
  const foreign = await run('apply')
  t.equal(foreign.exitCode, 1)
  t.match(foreign.text, /has the class 0x10001, which is not ours/)
  t.equal(await classOf('/1'), String(0x10001), "and left to whoever's it is")
  await sayClass('0', '1')
  t.equal((await run('apply')).exitCode, 0)

  await say('off')
  await run('apply')
  await gets(task, 'answered 200', 'off takes it back')
  t.equal(await classOf('/1/c1'), '0', 'and the class')
  await say('enforce')
  await run('apply')
  t.equal((await lab.taskfence(['revert'])).exitCode, 0)
  await gets(task, 'answered 200', 'reverted')
  t.same([await classOf(''), await classOf('/2/c2')], ['0', '0'])
})
