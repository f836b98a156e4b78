import t from 'tap'
import { removeLeft, whyNoCgroups } from '../lab/cgroups.js'
import { find } from '../lab/tools.js'
import { createLab, type Lab } from '../lab/lab.js'
import { startDaemon } from './daemon.js'

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const container = 'docker0'
t.setTimeout(120_000)

/** All rules flushed again and again, as by somebody who restarts nftables.service, and by somebody in a rage. */
async function flushing(lab: Lab, seconds: number): Promise<void> {
  const round = 'iptables -F; ip6tables -F; iptables -t nat -F; sleep 0.1'
  const rounds = Array<string>(5).fill(round).join('; ')
  const script = `left=${seconds * 2}; while [ $left -gt 0 ]; do nft flush ruleset; ${rounds}; left=$((left-1)); done`
  await lab.must(['sh', '-c', script])
}

/** Answers to a container that asks every 2 ms meanwhile. */
async function stormWhile(lab: Lab, work: () => Promise<void>) {
  const agent = lab.agent(container)
  await agent.ask({ op: 'storm', name: 'metadata', url: metadata, everyMs: 2 })
  await work()
  return agent.ask({ op: 'calm', name: 'metadata' })
}

const childIn = (line: string): string => / child=(\d+)/.exec(line)?.[1] ?? ''
const lives = async (lab: Lab, pid: string): Promise<boolean> =>
  (await lab.exec(['kill', '-0', pid])).exitCode === 0

t.test('a flush of all rules opens nothing while the daemon lives', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal(await lab.http(container, metadata), 'answered 200', 'open before')
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)
  const first = childIn(daemon.log.find(line => line.includes('the fence is held')) ?? '')
  t.ok(await lives(lab, first), 'it has a child that holds it')
  t.equal((await lab.taskfence(['check'])).exitCode, 0, 'it is nobody else, and no drift')
  t.equal((await lab.taskfence(['prove'])).exitCode, 0)

  const storm = await stormWhile(lab, () => flushing(lab, 8))
  t.ok(storm.asked > 1000, `${storm.asked} requests`)
  t.equal(storm.answered, 0)
  t.equal(storm.connected, 0)
  const { stdout } = await lab.exec(['nft', 'list', 'counter', 'inet', 'taskfence_held', 'imds_bridge_ipv4'])
  t.match(stdout, /packets [1-9]/, 'what the fence let past met the second one')

  for (const change of [
    'delete table inet taskfence_held',
    'flush chain inet taskfence_held forward',
    'insert rule inet taskfence_held forward accept',
  ]) {
    const { exitCode, stderr } = await lab.exec(['nft', ...change.split(' ')])
    t.ok(exitCode !== 0 && /not permitted/.test(stderr), change)
  }

  const again = daemon.next(/info the fence is held/)
  await lab.must(['kill', '-9', first])
  const second = childIn(await again)
  t.ok(second !== first && (await lives(lab, second)), 'made again when its child is killed')

  t.equal(await daemon.end(), 0)
  t.notOk(await lives(lab, second), 'it ends with the daemon')
  t.equal(await lab.http(container, metadata), 'timed out', 'and the fence stands')
})

t.test('without it there are answers: a daemon that only reports holds nothing', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.write('/etc/taskfence/policy.json', '{"onDrift":"report"}')
  const daemon = await startDaemon(t, lab)
  t.notOk(daemon.log.some(line => line.includes('the fence is held')))
  const storm = await stormWhile(lab, () => flushing(lab, 1))
  t.ok(storm.answered > 50, `${storm.answered} of ${storm.asked}`)

  const held = daemon.next(/info the fence is held/)
  await lab.write('/etc/taskfence/policy.json', '{"imdsAllow":[{"bridge":"docker0","reason":"test"}]}')
  await daemon.tell('SIGHUP')
  await held
  t.equal(
    await lab.http('docker0', metadata, { timeoutMs: 5000 }),
    'answered 200',
    'who is allowed is let through by both',
  )
  t.equal(await lab.http('appnet0', metadata), 'timed out')
  const closed = daemon.next(/info repaired entry="nft inet taskfence forward imds_bridge_ipv4"/)
  await lab.write('/etc/taskfence/policy.json', '{}')
  await daemon.tell('SIGHUP')
  await closed
  await lab.must(['nft', 'delete', 'table', 'inet', 'taskfence'])
  t.equal(await lab.http('docker0', metadata), 'timed out', 'and what it holds changes with the policy')
  t.equal(await daemon.end(), 0)
})

t.test('where nft cannot, the reports say so for as long as a daemon lacks it', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  const old = `#!/bin/sh\n[ "$*" != -i ] || { echo 'Error: syntax error, unexpected owner' >&2; exit 1; }\nexec ${find('nft')} "$@"\n`
  await lab.agent('host').ask({ op: 'write', path: '/run/lab/bin/nft', text: old, mode: 0o755 })
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)
  const check = async () => {
    const { exitCode, stdout } = await lab.taskfence(['check'])
    return { exitCode, stdout: stdout.replace(/\s+/g, ' ') }
  }
  t.match(await check(), {
    exitCode: 0,
    stdout:
      /the daemon cannot hold all of a second fence \(nft ended: Error: syntax error, unexpected owner\): what/,
  })
  t.equal(await daemon.end(), 0)
  t.notMatch((await check()).stdout, /second fence/)
})

const trees = [
  ['v2', 'ecstasks.slice'],
  ['hybrid', 'unified/ecs'],
] as const
for (const [cgroups, slice] of trees)
  t.test(
    `${cgroups}: a task in host network mode, too`,
    { skip: whyNoCgroups(cgroups) ?? false },
    async t => {
      const lab = await createLab({ docker: 'none', bridges: ['docker0'], cgroups })
      t.teardown(() => lab.dispose())
      const task = `cgroup ${slice}/1/c1` as const
      const folder = `/sys/fs/cgroup/${slice}`
      t.equal(await lab.http(task, metadata), 'answered 200', 'open before')
      await lab.write('/etc/taskfence/policy.json', '{"controls":{"imds-host":"enforce"}}')
      t.equal((await lab.taskfence(['apply', '--only', 'imds-host'])).exitCode, 0)
      const daemon = await startDaemon(t, lab)

      // The fence alone taken away, faster than the daemon can put it back.
      const flush = 'left=40; while [ $left -gt 0 ]; do nft flush ruleset; left=$((left-1)); done'
      const agent = lab.agent(task)
      await agent.ask({ op: 'storm', name: 'metadata', url: metadata, everyMs: 2 })
      await lab.must(['sh', '-c', flush])
      // A busy machine asks less in that time.
      await new Promise(resolve => setTimeout(resolve, 1500))
      const storm = await agent.ask({ op: 'calm', name: 'metadata' })
      t.ok(storm.asked > 20, `${storm.asked} requests`)
      t.equal(storm.connected, 0)
      t.equal(await lab.http('host', metadata), 'answered 200', 'the host keeps access')

      const counted = await lab.must([
        'nft',
        'list',
        'counter',
        'inet',
        'taskfence_host_held',
        'imds_host_cut',
      ])
      t.match(counted, /packets [1-9]/, 'what the fence let past met the second one')

      await lab.leave(task)
      await lab.must([
        'sh',
        '-c',
        `cd ${folder} && ${removeLeft('1/c1')} && rmdir 1 && cd .. && rmdir ${folder}`,
      ])
      await lab.http(task, metadata)
      // Of a cgroup that is gone nft has only the number.
      const holds = async (table: string) =>
        (await lab.exec(['nft', 'list', 'table', 'inet', table])).stdout.includes(`level 1 "${slice}"`)
      for (const table of ['taskfence_host', 'taskfence_host_held'])
        for (const end = Date.now() + 10_000; !(await holds(table)) && Date.now() < end;)
          await new Promise(resolve => setTimeout(resolve, 50))
      t.ok(await holds('taskfence_host_held'), 'a cgroup made again is seen')
      t.equal(await lab.http(task, metadata), 'timed out')
      t.equal(await daemon.end(), 0)
    },
  )
