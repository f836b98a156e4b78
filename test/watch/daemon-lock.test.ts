import t from 'tap'
import { createLab, type Lab } from '../lab/lab.js'
import { childrenOf, pidsOf } from '../lab/processes.js'
import { startDaemon } from './daemon.js'

/** The daemon's own child, and what that started: both have the lock. */
async function holders(lab: Lab): Promise<readonly string[]> {
  const [flock = ''] = await pidsOf(lab, 'flock')
  return [flock, ...(await childrenOf(lab, flock))]
}

const cases = [
  ['flock', (all: readonly string[]) => all.slice(0, 1)],
  ['what it started', (all: readonly string[]) => all.slice(1)],
  ['both', (all: readonly string[]) => all],
] as const
for (const [name, victims] of cases)
  t.test(`${name} killed: the daemon takes its lock again`, async t => {
    const lab = await createLab()
    t.teardown(() => lab.dispose())
    t.equal((await lab.taskfence(['apply'])).exitCode, 0)
    const daemon = await startDaemon(t, lab)
    const told = daemon.next(/warn the child that holds the lock of the daemon was killed/)
    await lab.must(['kill', '-KILL', ...victims(await holders(lab))])
    await told
    const repaired = daemon.next(/info repaired/)
    await lab.must(['iptables', '-F', 'DOCKER-USER'])
    await repaired
    t.equal((await lab.taskfence(['watch'])).exitCode, 75, 'one daemon watches a host, as before')
    t.equal(await daemon.end(), 0)
  })

t.test('somebody else is faster: it ends, and says so', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)
  const victims = await holders(lab)
  // Waits until the lock is free.
  await lab.must(['sh', '-c', 'flock /run/taskfence/daemon sleep 20 >/dev/null 2>&1 & sleep 0.5'])
  const ended = daemon.next(/error ending; somebody else watches this host/)
  await lab.must(['kill', '-KILL', ...victims])
  await t.resolves(ended)
  t.equal(await daemon.over, 75)
})
