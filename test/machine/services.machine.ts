import t, { type Test } from 'tap'
import { agentUp, answeredToTasks, bootDockerHost, fromNow, linesTwice } from './docker-host.js'
import { watchGaps } from './gaps.js'
import type { Machine } from './machine.js'
import { whyNoRoot } from './roots.js'

// Beside services that flush, restore and write rules of their own, on booted hosts without the daemon and with it.

const rounds = 10

t.jobs = 2
t.setTimeout(600_000)

const trixie = 'trixie-docker'
t.test('nftables.service', { skip: whyNoRoot(trixie) ?? false, buffered: true }, async t => {
  t.setTimeout(600_000)
  const { machine } = await bootDockerHost(trixie, { installed: true })
  t.teardown(() => machine.stop())
  await machine.must(['systemctl', 'enable', '--now', '--quiet', 'nftables'])
  await machine.must(['systemctl', 'restart', 'docker'])
  await agentUp(machine)
  t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'apply')
  const watch = await watchGaps(machine, 'taskfence')
  t.teardown(() => {
    watch.stop()
  })

  const gapsOf = async (what: string, argv: readonly string[]): Promise<readonly number[]> => {
    await fromNow(machine)
    const found: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      await machine.must(argv)
      found.push(...(await watch.gaps()))
    }
    const met = await answeredToTasks(machine)
    t.comment(`${what}: ${figures(found)}; tasks met it ${met} times in ${rounds}`)
    return found
  }
  const reload = ['systemctl', 'reload', 'nftables']
  const restart = ['sh', '-c', 'systemctl reset-failed nftables; systemctl restart nftables']

  t.equal((await gapsOf('reload', reload)).length, rounds, 'a reload flushes, and the fence comes back')
  t.equal((await gapsOf('restart', restart)).length, 2 * rounds, 'a restart flushes when it stops and starts')
  machine.write('/etc/taskfence/policy.json', '{"persistence":{"nftablesInclude":true}}')
  t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'apply, with the include')
  t.same(await gapsOf('reload with the include', reload), [], 'no transaction is without the fence')
  t.equal((await gapsOf('restart with the include', restart)).length, rounds, 'only the stop flushes')

  await fromNow(machine)
  await mended(t, machine, 'nftables.service')
})

const figures = (gaps: readonly number[]): string => {
  const sorted = [...gaps].sort((one, other) => one - other)
  const at = (part: number) => `${(sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1)} ms`
  return sorted.length === 0 ? 'no gap' : `${sorted.length} gaps, median ${at(0.5)}, longest ${at(1)}`
}

const services = 'bookworm-services'
t.test(
  'netfilter-persistent and firewalld',
  { skip: whyNoRoot(services) ?? false, buffered: true },
  async t => {
    t.setTimeout(600_000)
    const { machine } = await bootDockerHost(services, { installed: true })
    t.teardown(() => machine.stop())
    await agentUp(machine)
    // As an administrator did once: Docker's chains and ecs-init's rules are in the files.
    await machine.must(['netfilter-persistent', 'save'])
    t.ok((await answeredToTasks(machine)) > 10, 'open before')
    const applied = await machine.taskfence(['apply'])
    t.equal(applied.exitCode, 0, 'apply')
    await fromNow(machine)

    for (const [event, argv] of events) {
      await machine.must(argv)
      await agentUp(machine)
      await mended(t, machine, event)
    }
    await machine.reboot()
    await agentUp(machine)
    for (const [event, argv] of [['reboot', ['true']] as const, ...events]) {
      await machine.must(argv)
      await agentUp(machine)
      await mendedByDaemon(t, machine, event)
    }
  },
)

const events: readonly (readonly [event: string, argv: readonly string[]])[] = [
  ['netfilter-persistent restarted', ['systemctl', 'restart', 'netfilter-persistent']],
  ['firewalld restarted', ['systemctl', 'restart', 'firewalld']],
  ['firewall-cmd --reload', ['firewall-cmd', '--reload']],
  ['firewall-cmd --complete-reload', ['firewall-cmd', '--complete-reload']],
  ['ecs restarted', ['systemctl', 'restart', 'ecs']],
  ['docker restarted', ['systemctl', 'restart', 'docker']],
]

/** The fence stands; what else of ours went, apply puts back. */
async function mended(t: Test, machine: Machine, event: string): Promise<void> {
  t.equal(await answeredToTasks(machine), 0, `${event}: no task was answered`)
  // Docker hears of firewalld's restart and puts the rules of one network after the other above all others, for seconds:
  // an apply in between is overtaken. Before any of that one has to be enough.
  await endWell(t, machine, ['apply', 'check'], event, /^n/.test(event) ? 0 : 15)
  t.same(await linesTwice(machine), [], `${event}: ours stands once`)
}

async function mendedByDaemon(t: Test, machine: Machine, what: string): Promise<void> {
  const event = `${what}, with the daemon`
  await endWell(t, machine, ['check'], event, 15)
  t.same(await linesTwice(machine), [], `${event}: ours stands once`)
  t.equal(await answeredToTasks(machine), 0, `${event}: no task was answered`)
}

/** One after the other, again and again for so many seconds until all end with 0. */
async function endWell(
  t: Test,
  machine: Machine,
  commands: readonly string[],
  event: string,
  seconds: number,
): Promise<void> {
  for (const end = Date.now() + seconds * 1000; ;) {
    let said = ''
    for (const command of commands) {
      const { exitCode, stdout } = await machine.taskfence([command])
      if (exitCode !== 0) said = `${command} ended with ${exitCode}: ${stdout}`
      if (said !== '') break
    }
    if (said === '' || Date.now() > end) return void t.equal(said, '', `${event}: ${commands.join(', ')}`)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
}
