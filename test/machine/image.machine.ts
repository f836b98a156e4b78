import { resolve } from 'node:path'
import t from 'tap'
import { tasksAgain } from '../lab/tasks.js'
import { amazonLinuxFiles, rulesFile, rulesOfSite } from './amazon-linux.js'
import { diskPath } from './disk.js'
import { agentUp, answeredToTasks, bootDockerHost, fromNow, linesTwice } from './docker-host.js'
import { whyNoRoot } from './roots.js'

// `apply --root` on the disk of a machine that is off and looks like Amazon Linux 2023, and what it is like once booted.

t.setTimeout(600_000)

const root = 'trixie-docker'
const credentials = 'http://169.254.170.2/v2/credentials/lab-task'

t.test('an image of Amazon Linux 2023', { skip: whyNoRoot(root) ?? false }, async t => {
  t.setTimeout(600_000)
  const { machine, tasks } = await bootDockerHost(root, {
    installed: true,
    files: amazonLinuxFiles,
    units: ['nftables.service', 'iptables.service'],
  })
  t.teardown(() => machine.stop())
  await agentUp(machine)
  t.ok((await answeredToTasks(machine)) > 10, 'open before')
  await machine.kill()

  const onDisk = (command: string) =>
    machine.beside([process.execPath, resolve('dist/taskfence.js'), command, '--root', diskPath])
  const bytes = async () => (await machine.beside(['sh', '-c', fingerprint])).stdout
  const kernel = async () =>
    (await machine.beside(['sh', '-c', 'nft list ruleset; sysctl -a --pattern route_localnet'])).stdout
  const [unbaked, beside] = [await bytes(), await kernel()]
  t.equal((await onDisk('check')).exitCode, 2, 'check says what the image lacks')
  t.equal(await bytes(), unbaked, 'and writes nothing')
  const { exitCode, stdout } = await onDisk('apply')
  t.equal(exitCode, 0, stdout)
  t.match(stdout, 'Amazon Linux 2023')
  t.match(stdout, 'skipped: an image has no packets')
  const baked = await bytes()
  t.not(baked, unbaked)
  t.equal((await onDisk('apply')).exitCode, 0)
  t.equal(await bytes(), baked, 'a second bake is the first, byte for byte')
  t.equal((await onDisk('check')).exitCode, 0)
  t.equal(await kernel(), beside, 'nothing of the machine that builds has changed')
  const rules = (await machine.beside(['cat', diskPath + rulesFile])).stdout
  const foreign = rules.split('\n').filter(line => !line.includes('--comment taskfence-'))
  t.equal(foreign.join('\n'), rulesOfSite, "no line of the site's own changed")

  await fromNow(machine)
  await machine.boot()
  await agentUp(machine)
  t.equal(await answeredToTasks(machine), 0, 'no task was answered since it was switched on')
  for (const unit of ['taskfence-fence', 'taskfence-host', 'taskfence', 'iptables'])
    t.equal((await machine.run(['systemctl', 'is-active', unit])).stdout.trim(), 'active', unit)
  for (const task of await tasksAgain(machine, tasks))
    t.equal(await task.http(credentials, { timeoutMs: 2000 }), 'answered 200', task.name)
  const checked = await machine.taskfence(['check'])
  t.equal(checked.exitCode, 0, checked.stdout)
  t.same(await linesTwice(machine), [], 'ours stands once: by the file, by the daemon, by the agent')

  await machine.must(['systemctl', 'stop', 'taskfence'])
  await machine.must(['systemctl', 'restart', 'iptables'])
  const user = await machine.must(['iptables', '-S', 'DOCKER-USER'])
  t.match(user, /-d 169\.254\.169\.254\/32 -i docker\+ .*taskfence-imds-bridge.* -j DROP/, 'by the file')
  t.match(user, '-s 192.0.2.0/24 -j DROP')
  await machine.must(['systemctl', 'restart', 'nftables'])
  await machine.must(['nft', 'list', 'table', 'inet', 'taskfence'])
  await machine.must(['systemctl', 'start', 'taskfence'])
  t.equal((await machine.taskfence(['check'])).exitCode, 0, 'after restarts of iptables and nftables')
})

/** Everything that a bake may write, with modes, owners and where links lead. */
const fingerprint = `cd ${diskPath}
find etc usr/lib/systemd var/lib/taskfence var/log/taskfence -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort
find etc usr/lib/systemd var/lib/taskfence var/log/taskfence -type f -exec sha256sum {} + 2>/dev/null | sort`
