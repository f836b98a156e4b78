import t from 'tap'
import type { AuditRecord } from '../../src/model/audit.js'
import { agentUp, answeredToTasks, bootDockerHost, fromNow } from './docker-host.js'
import type { Machine } from './machine.js'
import { whyNoRoot } from './roots.js'

// The daemon as systemd runs it, on booted hosts: its place in the boot, its watchdog, kills, restarts of others.

t.setTimeout(900_000)

const root = 'trixie-docker'
const unit = 'taskfence.service'
const siteScript = '/etc/systemd/system/docker.service.d/site.conf'
const drop = ['DOCKER-USER', '-d', '169.254.169.254/32', '-i', 'docker+', '-m', 'comment']
const literal = [...drop, '--comment', 'taskfence-imds-bridge', '-j', 'DROP']

t.test(root, { skip: whyNoRoot(root) ?? false }, async t => {
  t.setTimeout(900_000)
  const host = await bootDockerHost(root, { daemon: { 'live-restore': true } })
  const { machine } = host
  t.teardown(() => machine.stop())
  machine.write(
    '/usr/bin/taskfence',
    `#!/bin/sh\nexec ${process.execPath} /opt/taskfence/taskfence.js "$@"\n`,
  )
  await agentUp(machine)
  t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'apply')
  t.match(await machine.must(['systemctl', 'is-enabled', unit]), /enabled/, 'has systemd start it')

  await t.test('at boot', async t => {
    await machine.reboot()
    await agentUp(machine)
    t.equal(await show(machine, 'ActiveState'), 'active', await journal(machine))
    const ready = Number(await show(machine, 'ActiveEnterTimestampMonotonic'))
    for (const later of ['docker.service', 'ecs.service'])
      t.ok(
        Number(await show(machine, 'InactiveExitTimestampMonotonic', later)) >= ready,
        `${later} waits until a look has ended`,
      )
    t.comment(
      `ready ${(ready - Number(await show(machine, 'InactiveExitTimestampMonotonic'))) / 1000} ms after its start`,
    )
    await until(async () => (await machine.taskfence(['status'])).exitCode === 0, 'status is fine')
    t.match(await show(machine, 'StatusText'), /^verdict: /)
    const errors = await machine.must(['journalctl', '-u', unit, '-p', 'err', '-o', 'cat', '-q'])
    t.equal(errors, '', 'the journal has no error')
    await fromNow(machine)
  })

  await t.test('told to read its policy again, to end, and to begin', async t => {
    machine.write('/etc/taskfence/policy.json', '{"onDrift":"repiar"}')
    await machine.must(['systemctl', 'reload', unit])
    await until(async () => /the new policy is refused/.test(await journal(machine)), 'refused')
    machine.write('/etc/taskfence/policy.json', '{}')
    await machine.must(['systemctl', 'reload', unit])
    const begun = Date.now()
    await machine.must(['systemctl', 'stop', unit])
    t.ok(Date.now() - begun < 2000, `${Date.now() - begun} ms to stop`)
    t.equal((await machine.run(['iptables', '-C', ...literal])).exitCode, 0, 'rules stay')
    t.equal(await show(machine, 'Result'), 'success')
    await machine.must(['systemctl', 'start', unit])
    t.equal((await machine.taskfence(['status'])).exitCode, 0, 'a start waits for the first look')
  })

  await t.test('restarts of others are told as such', async t => {
    // Whether a restart of Docker's own takes anything away is a race; what a site has put beside it always does.
    machine.write(siteScript, '[Service]\nExecStartPost=/usr/sbin/iptables -F DOCKER-USER\n')
    await machine.must(['systemctl', 'daemon-reload'])
    await fromNow(machine)
    const begun = (await machine.must(['date', '-u', '+%FT%TZ'])).trim()
    for (const [service, again] of [
      ['docker.service', () => machine.must(['systemctl', 'restart', 'docker'])],
      ['ecs.service', () => machine.must(['systemctl', 'restart', 'ecs'])],
    ] as const)
      for (let round = 0; round < 7; round += 1) {
        await machine.must(['systemctl', 'reset-failed', service])
        await again()
        await agentUp(machine)
      }
    t.equal(await answeredToTasks(machine), 0, 'no task was answered')
    await until(async () => (await machine.taskfence(['check'])).exitCode === 0, 'all is in place')
    const records = await auditOf(machine)
    t.same(
      records.filter(({ contested }) => contested),
      [],
      'no contest',
    )
    const repairs = records.filter(({ at, by }) => by === 'watch' && at > begun)
    t.ok(repairs.length >= 7, `put back after each restart of Docker: ${repairs.length} times`)
    t.same(
      repairs.filter(({ during }) => during === null),
      [],
      `each of the ${repairs.length} in a restart`,
    )
    await machine.must(['rm', siteScript])
    await machine.must(['systemctl', 'daemon-reload'])
  })

  await t.test('killed 60 times while rules are deleted', async t => {
    const before = await auditOf(machine)
    let last = '0'
    for (let kill = 0; kill < 60; kill += 1) {
      await until(async () => !['0', last].includes(await show(machine, 'MainPID')), 'another one runs')
      last = await show(machine, 'MainPID')
      void machine.run(['iptables', '-D', ...literal])
      await wait((kill * 137) % 900)
      await machine.run(['systemctl', 'kill', '--kill-whom=main', '--signal=KILL', unit])
    }
    await until(async () => (await machine.taskfence(['status'])).exitCode === 0, 'it is there again')
    t.ok(
      Number(await show(machine, 'NRestarts')) >= 55,
      `started again ${await show(machine, 'NRestarts')} times`,
    )
    const verified = await machine.taskfence(['audit', '--verify'])
    t.equal(verified.exitCode, 0, verified.stdout)
    const records = await auditOf(machine)
    t.ok(records.length >= before.length)
    t.equal(
      (await machine.must(['iptables', '-S', 'DOCKER-USER'])).match(/169\.254\.169\.254/g)?.length,
      1,
      'one rule',
    )
    t.equal((await machine.must(['pgrep', '-fc', 'nft monitor'])).trim(), '1', 'one nft monitor')
    t.equal((await machine.taskfence(['check'])).exitCode, 0)
    t.equal(await answeredToTasks(machine), 0, 'no task was answered')
  })

  await t.test('one that hangs is ended by the watchdog', async t => {
    machine.write(`/etc/systemd/system/${unit}.d/fast.conf`, '[Service]\nWatchdogSec=6\n')
    await machine.must(['systemctl', 'daemon-reload'])
    await machine.must(['systemctl', 'restart', unit])
    await wait(14_000)
    const pid = await show(machine, 'MainPID')
    t.equal(await show(machine, 'Result'), 'success', 'a healthy one lives on')
    await machine.must(['kill', '-STOP', pid])
    await until(async () => (await show(machine, 'MainPID')) !== pid, 'another one runs', 30)
    await until(async () => (await machine.taskfence(['status'])).exitCode === 0, 'status is fine')
  })
})

const show = async (machine: Machine, property: string, of = unit): Promise<string> =>
  (await machine.must(['systemctl', 'show', `--property=${property}`, '--value', of])).trim()

const journal = (machine: Machine): Promise<string> =>
  machine.must(['journalctl', '-u', unit, '-b', '-n', '40', '-o', 'cat', '-q'])

async function auditOf(machine: Machine): Promise<readonly AuditRecord[]> {
  const { stdout } = await machine.taskfence(['audit', '--format', 'json'])
  return (JSON.parse(stdout) as { readonly records: readonly AuditRecord[] }).records
}

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function until(holds: () => Promise<boolean>, what: string, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not in ${seconds} s: ${what}`)
    await wait(200)
  }
}
