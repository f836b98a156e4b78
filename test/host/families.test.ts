import t, { type Test } from 'tap'
import { whyNoCgroups } from '../lab/cgroups.js'
import { runContainer, type Container } from '../lab/container.js'
import { startDockerd, whyNoDockerd, type Dockerd } from '../lab/dockerd.js'
import { createLab, type Lab } from '../lab/lab.js'
import { netCls } from '../lab/net-cls.js'
import { taskOptions } from '../lab/tasks.js'
import type { ToldReport } from './reality.js'

// Exceptions by family, with Docker's own engine: a task that runs is let through by its own address or cgroup, nothing
// else is, and what a task leaves behind when it ends is drift.

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const policy = {
  controls: { 'imds-host': 'enforce' },
  imdsAllow: [{ family: 'monitor', reason: 'reads tags' }],
}

interface Stage {
  readonly lab: Lab
  readonly dockerd: Dockerd
  /** Of a family, in its network mode. */
  readonly run: (id: string, family: string, network: 'bridge' | 'host') => Promise<Container>
  readonly report: (command: 'check' | 'apply' | 'plan') => Promise<ToldReport>
}

type Tree = 'hybrid' | 'v2' | 'v1'
const trees: readonly Tree[] = ['hybrid', 'v2', 'v1']
t.setTimeout(240_000)

const classes = whyNoCgroups('v1') === undefined ? await netCls() : undefined
t.teardown(() => classes?.remove())
const whyNoClasses = (tree: Tree) =>
  tree === 'v1' && classes === undefined ? 'NOT TESTED: this machine has no net_cls' : undefined

for (const tree of trees) {
  const skip = whyNoDockerd() ?? whyNoCgroups(tree) ?? whyNoClasses(tree) ?? false
  // What tells an allowed task in host mode from the others.
  const apart = tree === 'v1' ? /class of .*net_cls\/ecs/ : /imds_host_allowed_tasks/
  t.test(`${tree}: a family that the policy names`, { skip }, async t => {
    const stage = await open(t, tree)
    const { lab, dockerd, run, report } = stage
    const monitors = [await run('a1', 'monitor', 'bridge'), await run('a2', 'monitor', 'host')]
    const others = [await run('b1', 'web', 'bridge'), await run('b2', 'web', 'host')]
    for (const task of [...monitors, ...others])
      t.equal(await get(task), 'answered 200', `${task.name} before`)

    const planned = await report('plan')
    const losing = planned.notes.filter(({ text }) => text.startsWith('would lose access'))
    t.match(losing.find(({ control }) => control === 'imds-host')?.text, /web:1 b2222222 \(web\)/)

    const applied = await report('apply')
    t.strictSame(broken(applied), [])
    for (const task of monitors) t.equal(await get(task), 'answered 200', `${task.name}: allowed`)
    for (const task of others) t.equal(await get(task), 'timed out', `${task.name}: cut`)
    t.match(
      applied.notes.map(({ text }) => text).join('\n'),
      /tasks of the family monitor: now monitor:1 a1111111 at 172\.17\.0\.2.*, monitor:1 a2222222 in host network mode; one that starts later is closed/,
    )
    t.strictSame(drifted(await report('check')), [])

    const late = [await run('a3', 'monitor', 'bridge'), await run('a4', 'monitor', 'host')]
    for (const task of late) t.equal(await get(task), 'timed out', `${task.name}: came later`)
    t.match(drifted(await report('check')), [/imds_bridge_ipv4/, apart], 'which is drift')
    await report('apply')
    for (const task of late) t.equal(await get(task), 'answered 200', `${task.name}: allowed now`)

    await dockerd.docker('rm', '--force', ...monitors.map(({ name }) => name))
    const ended = drifted(await report('check'))
    t.match(
      ended.join('\n'),
      // A class goes with its cgroup.
      tree === 'v1' ? /imds_bridge_ipv4/ : /imds_bridge_ipv4[^]*imds_host_allowed_tasks/,
      'what ended tasks leave is drift',
    )
    await report('apply')
    const heirs = [await run('b3', 'web', 'bridge'), await run('b4', 'web', 'host')]
    t.equal(
      (
        await dockerd.docker('inspect', '--format', '{{.NetworkSettings.Networks.bridge.IPAddress}}', 'b3')
      ).trim(),
      '172.17.0.2',
      'another task has the address',
    )
    for (const task of heirs) t.equal(await get(task), 'timed out', `${task.name}: no heir`)

    const { stdout } = await lab.exec(['cat', '/etc/taskfence/fence.nft'])
    t.match(stdout, /imds_bridge_ipv4/)
    t.notMatch(stdout, /172\.17\.0\./, 'and no address is kept for the next boot')
  })
}

async function open(t: Test, tree: Tree): Promise<Stage> {
  const lab = await createLab({ bridges: [], docker: 'none', cgroups: tree })
  t.teardown(() => lab.dispose())
  if (tree === 'v1') await classes?.enter(lab)
  const dockerd = await startDockerd(lab)
  await lab.write('/etc/taskfence/policy.json', JSON.stringify(policy))
  return {
    lab,
    dockerd,
    async run(id, family, network) {
      const long = `${id}${id.slice(1).repeat(30)}`
      return runContainer(dockerd, id, [
        `--network=${network}`,
        ...taskOptions(long, family, tree === 'v1' ? 'hybrid' : tree),
      ])
    },
    async report(command) {
      const result = await lab.taskfence([
        ...[command, '--format', 'json', '--only', 'imds-bridge', '--only', 'imds-host'],
      ])
      if (result.stdout === '') throw new Error(result.stderr)
      return JSON.parse(result.stdout) as ToldReport
    },
  }
}

async function get(task: Container): Promise<string> {
  const first = await task.http(metadata)
  return first === 'timed out' ? task.http(metadata, { timeoutMs: 1500 }) : first
}

const broken = ({ claims }: ToldReport) =>
  claims.filter(({ holds }) => holds !== true).map(({ claim, because }) => `${claim.words}: ${because ?? ''}`)
const drifted = ({ outcomes }: ToldReport) =>
  outcomes.filter(({ status, id }) => status === 'drifted' && /^(nft|class of) /.test(id)).map(({ id }) => id)
