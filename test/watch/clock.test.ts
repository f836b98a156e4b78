import { spawnSync } from 'node:child_process'
import t from 'tap'
import { createLab } from '../lab/lab.js'
import { startDaemon } from './daemon.js'

const rule = ['DOCKER-USER', '-d', '169.254.169.254/32', '-i', 'docker+', '-m', 'comment']
const drop = [...rule, '--comment', 'taskfence-imds-bridge', '-j', 'DROP']
const clock = '/run/tmp/clock'

/** Its library tells programs another time. */
const asked = spawnSync('faketime', ['now', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' })

// A clock that is set, by hand or by NTP, holds up nothing: drift is seen and put back at once, the schedule goes on.
t.test('the clock is set', { skip: asked.status !== 0 && 'faketime is not installed' }, async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  const watch = { schedule: '* * * * * *', jitterSeconds: 0 }
  await lab.write('/etc/taskfence/policy.json', JSON.stringify({ watch }))
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.write(clock, '+0')
  const daemon = await startDaemon(t, lab, {
    LD_PRELOAD: asked.stdout.trim(),
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  })
  for (const [how, time] of [
    ['back by a day', '-1d'],
    ['forward by two', '+1d'],
    ['back again', '+0'],
    ['back by an hour', '-1h'],
  ] as const) {
    await lab.write(clock, time)
    const repaired = daemon.next(/info repaired .*DOCKER-USER/)
    await lab.must(['iptables', '-D', ...drop])
    await repaired
    t.equal((await lab.exec(['iptables', '-C', ...drop])).exitCode, 0, `${how}: put back`)
    t.match(await daemon.next(/looked .*schedule/), /schedule/, `${how}: the schedule goes on`)
  }
  t.equal(await daemon.end(), 0)
  t.equal((await lab.taskfence(['audit', '--verify'])).exitCode, 0)
})
