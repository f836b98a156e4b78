import t from 'tap'
import { tasksAgain } from '../lab/tasks.js'
import { agentUp, answeredToTasks, bootDockerHost, fromNow } from './docker-host.js'
import { bringDeb, debName, debOnMachine, whyNoDeb } from './package.js'
import { whyNoRoot } from './roots.js'

// What a host that got the .deb (where there is none, `make install`) and ran `apply` is like after a reboot, from the
// first packet on, as the metadata service itself counts.

const credentials = 'http://169.254.170.2/v2/credentials/lab-task'
const reboots = 5

t.jobs = 2
t.setTimeout(600_000)

for (const root of ['bookworm-docker', 'trixie-docker'] as const)
  t.test(`${root}: ${reboots} reboots`, { skip: whyNoRoot(root) ?? false, buffered: true }, async t => {
    t.setTimeout(600_000)
    const { machine, tasks } = await bootDockerHost(root, { installed: whyNoDeb !== undefined })
    t.teardown(() => machine.stop())
    await agentUp(machine)
    await machine.reboot()
    await agentUp(machine)
    t.ok((await answeredToTasks(machine)) > 10, 'without the fence tasks are answered after a reboot')

    t.comment(`${root}: ${whyNoDeb ?? debName ?? ''}`)
    if (whyNoDeb === undefined) {
      await bringDeb(machine)
      await machine.must(['dpkg', '-i', debOnMachine])
    }
    const applied = await machine.taskfence(['apply'])
    t.equal(applied.exitCode, 0, applied.stdout)
    await fromNow(machine)
    for (let turn = 1; turn <= reboots; turn += 1) {
      await machine.reboot()
      await agentUp(machine)
      for (const task of await tasksAgain(machine, tasks))
        t.equal(
          await task.http(credentials, { timeoutMs: 2000 }),
          'answered 200',
          `${turn}: ${task.name} has credentials`,
        )
      for (const unit of ['taskfence-fence', 'taskfence'])
        t.equal(
          (await machine.run(['systemctl', 'is-active', unit])).stdout.trim(),
          'active',
          `${turn}: ${unit}`,
        )
      const checked = await machine.taskfence(['check'])
      t.equal(checked.exitCode, 0, `${turn}: ${checked.stdout}`)
    }
    t.equal(await answeredToTasks(machine), 0, 'no task was answered in any of these boots')
  })
