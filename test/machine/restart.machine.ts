import t from 'tap'
import { agentUp, answeredToTasks, bootDockerHost, fromNow, linesTwice } from './docker-host.js'
import type { Machine } from './machine.js'
import { whyNoRoot } from './roots.js'

// A setting that the running agent lacks: who restarts it, and what tasks find open meanwhile.

const credentials = 'http://169.254.170.2/v2/credentials/lab-task'
const setting = 'ECS_AWSVPC_BLOCK_IMDS=true'
const config = '/etc/ecs/ecs.config'

t.jobs = 2
t.setTimeout(600_000)

for (const root of ['bookworm-docker', 'sid-docker'] as const)
  t.test(`${root}: apply --restart-agent`, { skip: whyNoRoot(root) ?? false, buffered: true }, async t => {
    t.setTimeout(600_000)
    const { machine, tasks } = await bootDockerHost(root, { files: { [config]: 'ECS_CLUSTER=lab\n' } })
    t.teardown(() => machine.stop())
    await agentUp(machine)

    const applied = await machine.taskfence(['apply'])
    t.equal(applied.exitCode, 0)
    t.match(applied.stdout, /restart needed/)
    t.equal((await machine.taskfence(['check'])).exitCode, 2, 'the running agent is without it')
    t.notOk((await environment(machine)).includes(setting))
    await fromNow(machine)

    const restarted = await machine.taskfence(['apply', '--restart-agent'], { timeoutMs: 150_000 })
    t.equal(restarted.exitCode, 0, restarted.stdout)
    t.match(restarted.stderr, 'systemctl restart ecs')
    t.ok((await environment(machine)).includes(setting), 'the agent has it')
    t.same(await linesTwice(machine), [], 'ours stands once')
    t.equal((await machine.taskfence(['check'])).exitCode, 0)
    for (const task of tasks) t.equal(await task.http(credentials), 'answered 200', task.name)
    t.equal(await answeredToTasks(machine), 0, 'the metadata service answered no task')
  })

const userData = `#!/bin/sh
mkdir -p /run/cloud-init
rm -f /run/cloud-init/result.json
echo '{}' > /run/cloud-init/status.json
taskfence apply --restart-agent > /var/lib/user-data.log 2>&1
echo "ended with $?" >> /var/lib/user-data.log
echo '{}' > /run/cloud-init/result.json
`
const cloudFinal = `[Unit]
Description=Execute cloud user/final scripts
[Service]
Type=oneshot
ExecStart=/usr/local/bin/user-data
RemainAfterExit=yes
TimeoutStartSec=0
`

const skip = whyNoRoot('trixie-docker') ?? false
t.test('user data that has the agent restarted, while systemd waits for user data', { skip }, async t => {
  t.setTimeout(600_000)
  const { machine } = await bootDockerHost('trixie-docker', {
    installed: true,
    files: {
      '/usr/lib/systemd/system/cloud-final.service': cloudFinal,
      '/usr/local/bin/user-data': userData,
    },
    units: ['cloud-final.service'],
  })
  t.teardown(() => machine.stop())
  await agentUp(machine)
  const without = () => {
    machine.write(config, 'ECS_CLUSTER=lab\n')
  }
  const said = () => machine.must(['cat', '/var/lib/user-data.log'])

  without()
  await machine.must(['systemctl', 'restart', 'ecs'])
  await agentUp(machine)
  t.notOk((await environment(machine)).includes(setting))
  await machine.must(['timeout', '60', 'systemctl', 'restart', 'cloud-final'], { timeoutMs: 70_000 })
  t.match(await said(), /systemctl restart --no-block ecs/)
  t.match(await said(), /ecs.service restarts when cloud-init has ended/)
  await agentUp(machine)
  t.ok((await environment(machine)).includes(setting), 'it has, once user data had ended')
  t.equal((await machine.taskfence(['check'])).exitCode, 0)

  without()
  await machine.reboot()
  await agentUp(machine)
  t.match(await said(), /ended with 0/, 'at boot the agent has yet to start')
  t.ok((await environment(machine)).includes(setting))
})

const environment = async (machine: Machine): Promise<readonly string[]> =>
  JSON.parse(await machine.docker('inspect', '--format', '{{json .Config.Env}}', 'ecs-agent')) as string[]
