import t from 'tap'
import { createLab } from '../lab/lab.js'
import { missingTools } from '../lab/tools.js'

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'

t.test('an agent by hand on a bridge of Docker', { skip: missingTools().join(', ') }, async t => {
  const lab = await createLab({ bridges: ['docker0'], extras: ['agent-on-bridge'] })
  t.teardown(() => lab.dispose())
  await lab.must(['ln', '/run/docker.sock', '/run/engine.sock'])

  // While Docker does not tell of the agent, nothing is opened on a guess.
  await lab.must(['rm', '/run/docker.sock'])
  await lab.taskfence(['apply'])
  t.equal(await lab.http('docker0', metadata), 'timed out', 'closed')
  await lab.must(['ln', '/run/engine.sock', '/run/docker.sock'])

  const applied = await lab.taskfence(['apply'])
  t.equal(await lab.http('docker0', metadata), 'answered 200', 'what would cut the agent is taken back')
  t.equal(applied.exitCode, 1, 'and the promise is broken, not forgotten')
  t.match(applied.stdout.replaceAll(/\s+/g, ' '), 'tasks on docker0 reach the metadata service')
  t.match(applied.stdout.replaceAll(/\s+/g, ' '), 'run it with --net=host')
  t.match(
    await lab.must(['nft', 'list', 'table', 'inet', 'taskfence']),
    'credentials_guard',
    'the rest of the fence stands',
  )

  const again = await lab.taskfence(['check'])
  t.equal(again.exitCode, 1)
  t.match(again.stdout, /ECS agent 1\.105\.1 \(by hand\)/)
})
