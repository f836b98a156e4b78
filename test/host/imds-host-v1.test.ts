import { readFileSync } from 'node:fs'
import t from 'tap'
import { whyNoCgroups } from '../lab/cgroups.js'
import { createLab, type Where } from '../lab/lab.js'
import { netCls } from '../lab/net-cls.js'
import { missingTools } from '../lab/tools.js'

// A host with cgroups of version 1 alone: what taskfence says there, and that the commands of docs/fenced.md do fence.

const urls = [
  'http://169.254.169.254/latest/meta-data/instance-id',
  'http://[fd00:ec2::254]/latest/meta-data/instance-id',
] as const

/** The block of commands that a page shows under this heading. */
const [, commands = 'false'] =
  /^## By hand, with cgroup v1 alone$[^]*?^```sh\n([^]*?)^```$/m.exec(
    readFileSync(new URL('../../docs/fenced.md', import.meta.url), 'utf8'),
  ) ?? []

const missing = missingTools()
const why = missing.length > 0 ? `${missing.join(', ')} not installed` : whyNoCgroups('v1')
const classes = why === undefined ? await netCls() : undefined
t.teardown(() => classes?.remove())
const skip =
  classes === undefined ? `NOT TESTED on a real kernel: ${why ?? 'this machine has no net_cls'}` : false

t.test('v1 alone', { skip }, async t => {
  const lab = await createLab({ docker: 'none', bridges: ['docker0'], cgroups: 'v1' })
  t.teardown(() => lab.dispose())
  await classes?.enter(lab)
  await lab.write('/etc/taskfence/policy.json', '{"controls": {"imds-host": "enforce"}}')
  const gets = async (where: Where, wanted: string) => {
    for (const url of urls)
      t.equal(await lab.http(where, url, { timeoutMs: wanted === 'timed out' ? 700 : 5000 }), wanted, where)
  }

  const applied = await lab.taskfence(['apply'])
  t.match(applied.stdout.replace(/\s+/g, ' '), /skipped: this host has cgroups of version 1 alone/)
  t.not(
    (await lab.exec(['nft', 'list', 'table', 'inet', 'taskfence_host'])).exitCode,
    0,
    'nothing is written',
  )
  await gets('cgroup net_cls/ecs/1/c1', 'answered 200')
  await lab.http('cgroup net_cls/ecs/1/c1', urls[0], { connection: 'before' })

  const before = (await lab.taskfence(['check'])).stdout
  await lab.must(['sh', '-ec', commands])
  await gets('cgroup net_cls/ecs/1/c1', 'timed out')
  t.equal(
    await lab.http('cgroup net_cls/ecs/1/c1', urls[0], { connection: 'before', timeoutMs: 700 }),
    'timed out',
    'a connection from before',
  )
  await gets('cgroup net_cls/ecs/2/c2', 'timed out')
  await gets('cgroup net_cls/docker/agent', 'answered 200')
  await gets('host', 'answered 200')
  t.equal((await lab.taskfence(['check'])).stdout, before, 'no promise is told otherwise for it')
})
