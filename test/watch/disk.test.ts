import t from 'tap'
import type { AuditRecord } from '../../src/model/audit.js'
import { createLab } from '../lab/lab.js'
import { startDaemon } from './daemon.js'

t.test('a full disk: rules are put back, one warning, and nothing is lost once there is room', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.must(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', '/var/log/taskfence'])
  // More than it takes: the last write is cut off.
  await lab.exec(['tee', '/var/log/taskfence/crowd'], { input: 'x'.repeat(100_000) })
  const daemon = await startDaemon(t, lab)

  for (let round = 0; round < 2; round += 1) {
    const repaired = daemon.next(/info repaired .*DOCKER-USER/)
    await lab.must(['iptables', '-F', 'DOCKER-USER'])
    await repaired
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  t.equal(daemon.log.filter(line => /warn the audit log cannot be written/.test(line)).length, 1)

  const again = daemon.next(/info the audit log is written again/)
  await lab.must(['rm', '/var/log/taskfence/crowd'])
  await lab.must(['iptables', '-F', 'DOCKER-USER'])
  await again
  await daemon.end()
  const { stdout } = await lab.taskfence(['audit', '--format', 'json'])
  const { records } = JSON.parse(stdout) as { readonly records: readonly AuditRecord[] }
  t.equal(records.filter(({ entry }) => /DOCKER-USER/.test(entry)).length, 3, 'every repair is in it')
  t.equal((await lab.taskfence(['audit', '--verify'])).exitCode, 0)
})

t.test('a full /run: rules are put back, one warning, and the status is told once there is room', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.must(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', '/run/taskfence'])
  const daemon = await startDaemon(t, lab)
  await lab.exec(['tee', '/run/taskfence/crowd'], { input: 'x'.repeat(100_000) })

  for (let round = 0; round < 2; round += 1) {
    const repaired = daemon.next(/info repaired .*DOCKER-USER/)
    await lab.must(['iptables', '-F', 'DOCKER-USER'])
    await repaired
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  t.equal(daemon.log.filter(line => /warn the status cannot be written/.test(line)).length, 1)
  t.same(
    daemon.log.filter(line => /could not look|error /.test(line)),
    [],
  )
  t.equal((await lab.taskfence(['check'])).exitCode, 0, 'a one-shot command works beside it')

  await lab.must(['rm', '/run/taskfence/crowd'])
  const repaired = daemon.next(/info repaired .*DOCKER-USER/)
  await lab.must(['iptables', '-F', 'DOCKER-USER'])
  await repaired
  await daemon.next(/debug looked/)
  t.match((await lab.taskfence(['status'])).stdout, / 3 put back/)
  t.equal(await daemon.end(), 0)
  t.equal((await lab.taskfence(['audit', '--verify'])).exitCode, 0)
})
