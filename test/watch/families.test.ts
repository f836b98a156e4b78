import t from 'tap'
import { whyNoCgroups } from '../lab/cgroups.js'
import { runContainer, type Container } from '../lab/container.js'
import { startDockerd, whyNoDockerd } from '../lab/dockerd.js'
import { createLab } from '../lab/lab.js'
import { taskOptions } from '../lab/tasks.js'
import { startDaemon } from './daemon.js'

// The daemon resolves a family when its tasks start and end: nobody runs `apply`.

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const policy = {
  controls: { 'imds-host': 'enforce' },
  imdsAllow: [{ family: 'monitor', reason: 'reads tags' }],
}
t.setTimeout(120_000)

const skip = whyNoDockerd() ?? whyNoCgroups('v2') ?? false
t.test('tasks of a family that the policy names, as they come and go', { skip }, async t => {
  const lab = await createLab({ bridges: [], docker: 'none', cgroups: 'v2' })
  t.teardown(() => lab.dispose())
  const dockerd = await startDockerd(lab)
  await lab.write('/etc/taskfence/policy.json', JSON.stringify(policy))
  await lab.taskfence(['apply'])
  const daemon = await startDaemon(t, lab)
  const run = (id: string, family: string, network: 'bridge' | 'host') =>
    runContainer(dockerd, id, [`--network=${network}`, ...taskOptions(id.repeat(16), family, 'v2')])
  /** What it gets in the end: the daemon has some seconds. */
  const gets = async (task: Container, wanted: string) => {
    for (const end = Date.now() + 10_000; ;) {
      const got = await task.http(metadata)
      if (got === wanted || Date.now() > end) return got
    }
  }

  for (const network of ['bridge', 'host'] as const) {
    const [first, other] = [`${network.charAt(0)}1`, `${network.charAt(0)}2`]
    const monitor = await run(first, 'monitor', network)
    t.equal(await gets(monitor, 'answered 200'), 'answered 200', `${network}: let through once it runs`)
    const web = await run(other, 'web', network)
    t.equal(await gets(web, 'timed out'), 'timed out', `${network}: nobody else is`)
    t.equal(await gets(monitor, 'answered 200'), 'answered 200')
    await dockerd.docker('rm', '--force', first)
    t.equal(await gets(web, 'timed out'), 'timed out')
  }
  const rules = async (table: string) => lab.must(['nft', 'list', 'table', 'inet', table])
  for (const table of ['taskfence', 'taskfence_held', 'taskfence_host', 'taskfence_host_held']) {
    for (
      const end = Date.now() + 10_000;
      /saddr != 172\.17|level 2 "/.test(await rules(table)) && Date.now() < end;
    )
      await new Promise(resolve => setTimeout(resolve, 50))
    t.notMatch(await rules(table), /saddr != 172\.17|level 2 "/, `${table}: what ended leaves nothing`)
  }
  t.equal(await daemon.end(), 0)
})
