import t from 'tap'
import { createLab, type Lab } from '../lab/lab.js'
import { childrenOf, pidsOf } from '../lab/processes.js'
import { startDaemon } from './daemon.js'

/** The daemon's own child, and what that started: both have the lock. */
async function holders(lab: Lab): Promise<readonly string[]> {
  const [flock = ''] = await pidsOf(lab, 'flock')
  return [flock, ...(await childrenOf(lab, flock))]
}

/** With one of them the other may be gone already. */
const kill = (lab: Lab, pids: readonly string[]) => lab.exec(['kill', '-KILL', ...pids])

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
    await kill(lab, victims(await holders(lab)))
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
  // Waits until the lock is free, and then says whose it is, as a daemon does.
  const other = 'echo other > /run/taskfence/daemon.holder; sleep 20'
  await lab.must(['sh', '-c', `flock /run/taskfence/daemon sh -c '${other}' >/dev/null 2>&1 & sleep 0.5`])
  const ended = daemon.next(/error ending; the lock of the daemon is lost because=.*another run holds/)
  await kill(lab, victims)
  await t.resolves(ended)
  t.equal(await daemon.over, 75)
  t.equal(await lab.must(['cat', '/run/taskfence/daemon.holder']), 'other\n', 'and takes no name away')
})

t.test('Ctrl-C reaches the children too: it ends, and warns of nothing', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)
  const { pid } = JSON.parse(await lab.must(['cat', '/run/taskfence/daemon.holder'])) as { pid: number }
  const children = await childrenOf(lab, String(pid))
  const all = [String(pid), ...children, ...(await holders(lab))]
  t.ok(children.length >= 3, 'flock, nft monitor, the held fence')
  const before = daemon.log.length
  await lab.exec(['kill', '-INT', ...all])
  t.equal(await daemon.over, 0)
  t.same(
    daemon.log.slice(before).filter(line => / (warn|error) /.test(line)),
    [],
  )
})
