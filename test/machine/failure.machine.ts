import t, { type Test } from 'tap'
import { agentUp, answeredToTasks, bootDockerHost, fromNow } from './docker-host.js'
import type { Machine } from './machine.js'
import { whyNoRoot } from './roots.js'

// Boots after something failed: the power in the middle of an apply, the slice of the tasks, nft. Tasks ask all the time.

t.setTimeout(600_000)

const root = 'trixie-docker'
const policy = '/etc/taskfence/policy.json'
const fencePath = '/etc/taskfence/fence.nft'
const hostUnit = 'taskfence-host.service'

t.test(root, { skip: whyNoRoot(root) ?? false }, async t => {
  t.setTimeout(600_000)
  const { machine } = await bootDockerHost(root, { installed: true })
  t.teardown(() => machine.stop())
  await agentUp(machine)
  t.ok((await answeredToTasks(machine)) > 10, 'open before')
  const begun = Date.now()
  t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'apply')
  const wholeMs = Date.now() - begun

  await t.test('the power fails in the first apply, where a package has enabled the daemon', async t => {
    for (const part of [0.2, 0.4, 0.6, 0.8, 0.95]) {
      t.equal((await machine.taskfence(['revert'])).exitCode, 0, 'as before')
      await machine.must(['systemctl', 'enable', '--quiet', 'taskfence'])
      await cutAt(t, machine, part * wholeMs)
      t.equal((await machine.taskfence(['check'])).exitCode, 0, 'all is in place')
      t.not(await stateOf(machine, 'taskfence-fence'), 'failed', 'though there was no file yet')
    }
  })

  await t.test('the power fails in a later apply, and the fence is alone at boot', async t => {
    await machine.must(['systemctl', 'mask', '--quiet', '--now', 'taskfence'])
    for (const [index, part] of [0.3, 0.5, 0.7, 0.9].entries()) {
      // Each changes every table and file.
      const allow = [{ cidr: `192.0.2.${index}/32`, reason: 'a scanner of the site' }]
      machine.write(
        policy,
        JSON.stringify({ imdsAllow: allow, persistence: { failClosed: index % 2 === 0 } }),
      )
      await machine.run(['nft', 'delete', 'table', 'inet', 'taskfence_host'])
      await cutAt(t, machine, part * wholeMs)
      t.equal(await stateOf(machine, 'taskfence-fence'), 'active')
    }
    machine.write(policy, '{ "controls": { "imds-host": "enforce" } }')
    await machine.must(['systemctl', 'unmask', '--quiet', 'taskfence'])
    t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'the next apply ends what was begun')
    t.equal((await machine.taskfence(['check'])).exitCode, 0)
  })

  await t.test('nobody makes the slice of the tasks before the fence of host mode is loaded', async t => {
    await machine.must(['systemctl', 'mask', '--quiet', 'taskfence'])
    const unit = await machine.must(['cat', `/usr/lib/systemd/system/${hostUnit}`])
    machine.write(`/etc/systemd/system/${hostUnit}`, unit.replace(/^(Requires|PartOf)=.*\n/gm, ''))
    await boots(t, machine)
    const log = await machine.must(['journalctl', '-b', '-u', hostUnit, '-o', 'cat', '-q'])
    t.match(log, /cgroupv2 path fails[^]*Failed to start/, 'it cannot be loaded')
    t.equal(
      await stateOf(machine, hostUnit),
      'active',
      'until the first task brings the slice, and the slice it',
    )
    await machine.must(['rm', `/etc/systemd/system/${hostUnit}`])
    await machine.must(['systemctl', 'unmask', '--quiet', 'taskfence'])
    await machine.must(['systemctl', 'daemon-reload'])
    t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'apply')
  })

  await t.test('an nft that knows no cgroups', async t => {
    await machine.must(['mv', '/usr/sbin/nft', '/usr/sbin/nft.real'])
    machine.write('/usr/sbin/nft', olderNft)
    await boots(t, machine)
    t.equal(await stateOf(machine, hostUnit), 'failed')
    t.equal(await stateOf(machine, 'taskfence'), 'active', 'the daemon goes on')
    const { stdout } = await machine.taskfence(['check'])
    t.match(stdout, /imds-host +skipped: nft cannot ask for the cgroup/)
    t.match(stdout, /\u2714 imds-bridge/)
    await machine.must(['mv', '/usr/sbin/nft.real', '/usr/sbin/nft'])
    await boots(t, machine)
    const checked = await machine.taskfence(['check'])
    t.equal(checked.exitCode, 0, `and with one that does, all is in place: ${checked.stdout}`)
  })

  await t.test('our units are stopped', async t => {
    await machine.must(['systemctl', 'stop', 'taskfence', hostUnit, 'taskfence-fence'])
    for (const table of ['taskfence', 'taskfence_host'])
      t.equal((await machine.run(['nft', 'list', 'table', 'inet', table])).exitCode, 0, `${table} stands`)
    t.equal(await answeredToTasks(machine), 0, 'no task was answered')
  })

  await t.test('policy has Docker wait for a fence that cannot be loaded', async t => {
    machine.write(policy, '{ "persistence": { "failClosed": true } }')
    t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'apply')
    await machine.must(['systemctl', 'mask', '--quiet', 'taskfence'])
    const fence = await machine.must(['cat', fencePath])
    machine.write(fencePath, `${fence}no command of nft\n`)
    await machine.reboot()
    t.equal(await stateOf(machine, 'taskfence-fence'), 'failed')
    t.equal(await stateOf(machine, 'docker'), 'inactive', 'no fence, no containers')
    t.equal(await answeredToTasks(machine), 0, 'no task was answered')
    machine.write(fencePath, fence)
    await machine.must(['systemctl', 'start', 'docker'])
    await agentUp(machine)
    t.equal(await stateOf(machine, 'taskfence-fence'), 'active', 'it starts once the fence can be loaded')
    t.equal(await answeredToTasks(machine), 0, 'and no task was answered')
  })
})

/** The power fails so long after apply has begun. */
async function cutAt(t: Test, machine: Machine, afterMs: number): Promise<void> {
  const applied = machine.taskfence(['apply']).catch(() => undefined)
  await new Promise(resolve => setTimeout(resolve, afterMs))
  await machine.kill()
  await applied
  await fromNow(machine)
  await machine.boot()
  await agentUp(machine)
  t.equal(await answeredToTasks(machine), 0, `${afterMs.toFixed(0)} ms: no task was answered since`)
}

/** In order, and the fence of tasks on bridges stands. */
async function boots(t: Test, machine: Machine): Promise<void> {
  await machine.reboot()
  await agentUp(machine)
  t.equal(await answeredToTasks(machine), 0, 'no task was answered')
  t.equal(await stateOf(machine, 'taskfence-fence'), 'active')
}

const stateOf = async (machine: Machine, unit: string): Promise<string> =>
  (await machine.run(['systemctl', 'is-active', unit])).stdout.trim()

/** In files, in words and on its standard input. */
const olderNft = `#!/bin/sh
refuse() {
  echo 'Error: syntax error, unexpected cgroupv2' >&2
  exit 1
}
for word; do
  case $word in *cgroupv2*) refuse ;; esac
  if [ -f "$word" ] && grep -q cgroupv2 "$word"; then refuse; fi
  [ "$word" != - ] || reads=1
done
[ "$reads" ] || exec /usr/sbin/nft.real "$@"
text=$(cat)
case $text in *cgroupv2*) refuse ;; esac
echo "$text" | /usr/sbin/nft.real "$@"
`
