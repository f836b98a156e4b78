import t from 'tap'
import { agentUp, answeredToTasks, bootDockerHost, fromNow } from './docker-host.js'
import { watchGaps } from './gaps.js'
import type { Machine } from './machine.js'
import { bringDeb, debOnMachine, whyNoDeb } from './package.js'
import { whyNoRoot } from './roots.js'

// The .deb on a booted host while tasks ask and the daemon runs: installed, upgraded, reverted, purged.

t.setTimeout(600_000)

const root = 'bookworm-docker'
const policy = '/etc/taskfence/policy.json'
const policyText = '{ "persistence":\t{ "failClosed": true } }\n'
const unit = 'taskfence.service'

t.test('.deb', { skip: whyNoRoot(root) ?? whyNoDeb ?? false }, async t => {
  t.setTimeout(600_000)
  const { machine } = await bootDockerHost(root)
  t.teardown(() => machine.stop())
  await bringDeb(machine)
  await machine.must(['sh', '-ec', previousPackage])
  await agentUp(machine)
  const stateOf = async (word: string) => (await machine.run(['systemctl', word, unit])).stdout.trim()
  // By its name, as people call it.
  const ours = (...args: readonly string[]) => machine.run(['taskfence', ...args])
  const bare = await everything(machine)

  await machine.must(['dpkg', '-i', '/root/previous.deb'])
  t.equal(`${await stateOf('is-enabled')} ${await stateOf('is-active')}`, 'enabled inactive')
  t.ok((await answeredToTasks(machine)) > 10, 'nothing is cut by an installation')
  machine.write(policy, policyText)
  const installed = await everything(machine)
  const applied = await ours('apply')
  t.equal(applied.exitCode, 0, applied.stdout)
  await machine.must(['systemctl', 'start', unit])
  await fromNow(machine)

  const watch = await watchGaps(machine, 'taskfence')
  t.teardown(() => {
    watch.stop()
  })
  const pid = await machine.must(['systemctl', 'show', '--property=MainPID', '--value', unit])
  await machine.must(['dpkg', '-i', debOnMachine])
  t.equal(await answeredToTasks(machine), 0, 'no task was answered while it was upgraded')
  t.same(await watch.gaps(), [], 'nor was there a transaction without the fence')
  t.notMatch(await machine.must(['dpkg-query', '-W', 'taskfence']), '0.0.1')
  t.equal(await machine.must(['cat', policy]), policyText, 'the policy stays')
  t.equal(`${await stateOf('is-enabled')} ${await stateOf('is-active')}`, 'enabled active')
  t.not(
    await machine.must(['systemctl', 'show', '--property=MainPID', '--value', unit]),
    pid,
    'the new one runs',
  )
  t.notMatch(await machine.must(['systemctl', 'show', '--property=Description', unit]), 'previous')
  const checked = await ours('check', '--live')
  t.equal(checked.exitCode, 0, checked.stdout)

  const reverted = await ours('revert')
  t.equal(reverted.exitCode, 0, reverted.stdout)
  t.equal(`${await stateOf('is-enabled')} ${await stateOf('is-active')}`, 'disabled inactive')
  const link = /^.*multi-user\.target\.wants\/taskfence\.service.*\n/gm
  t.equal(
    (await everything(machine)).replace(link, ''),
    installed.replace(link, ''),
    'as before the first apply',
  )
  t.ok((await answeredToTasks(machine)) > 10, 'open again')

  const before = await everything(machine)
  await killedBeforeItIsConfirmed(machine)
  t.equal(
    (await everything(machine)).replace(link, ''),
    before.replace(link, ''),
    'an apply that nobody confirmed',
  )
  t.match((await ours('confirm')).stdout, /^Too late/)

  t.equal((await ours('apply')).exitCode, 0)
  await machine.must(['systemctl', 'start', unit])
  const fenced = await everything(machine)
  machine.write(policy, '{ "controls": { "imds-host": "enforce", "loopback-guard": "off" } }')
  await killedBeforeItIsConfirmed(machine)
  machine.write(policy, policyText)
  t.equal(await everything(machine), fenced, 'the same while the daemon runs, which leaves it so')
  t.match((await ours('confirm')).stdout, /^Too late/)
  t.equal((await ours('check')).exitCode, 0)

  await machine.must(['dpkg', '-P', 'taskfence'])
  t.equal(await everything(machine), bare, 'as before the package came')
  t.equal(await machine.must(['sh', '-c', traces]), '', 'nothing has its name')

  machine.write(policy, policyText)
  await machine.must(['dpkg', '-i', debOnMachine])
  t.equal((await ours('apply')).exitCode, 0, 'installed again')
  machine.write(policy, '{ "persistence": { "failClosed": false } }')
  void ours('apply', '--confirm-within', '600').catch(() => undefined)
  await machine.must(
    until(
      'test -e /var/lib/taskfence/unconfirmed.json && test ! -e /etc/systemd/system/docker.service.d/taskfence.conf',
    ),
  )
  await machine.kill()
  machine.write(policy, policyText)
  await machine.boot()
  await agentUp(machine)
  t.match((await ours('confirm')).stdout, /^Too late/, 'the power failed before it was confirmed')
  t.equal((await ours('check')).exitCode, 0)
})

/** The program is killed once it waits, so a timer of systemd has to take it back; resolves when that has. */
async function killedBeforeItIsConfirmed(machine: Machine): Promise<void> {
  const apply = 'taskfence apply --confirm-within 4 > /run/said 2>&1 & echo $! > /run/waits'
  await machine.must(['sh', '-c', apply])
  await machine.must(until("grep -q 'waiting for' /run/said"))
  await machine.must(['sh', '-c', 'kill -KILL "$(cat /run/waits)"'])
  await machine.must(until('grep -q \'"isTakenBack": *true\' /var/lib/taskfence/unconfirmed.json'))
}

const until = (holds: string) => ['timeout', '60', 'sh', '-c', `until { ${holds}; }; do sleep 0.1; done`]

/** An older one, with another text of a unit. */
const previousPackage = `cd /root
dpkg-deb -R ${debOnMachine} previous
sed -i 's/^Version: .*/Version: 0.0.1/' previous/DEBIAN/control
sed -i 's/^Description=/Description=previous /' previous/usr/lib/systemd/system/taskfence*.service
dpkg-deb -Znone -b previous previous.deb
rm -rf previous`

const traces = `find / -xdev -name '*taskfence*' ! -path '/proc/*' ! -path '/root/*' ! -path '/opt/*'`

/** What the program may touch, but for figures that grow. */
async function everything(machine: Machine): Promise<string> {
  const texts = await Promise.all(
    [
      'iptables-save; ip6tables-save',
      // In an order of their own: one that was made anew is the last.
      'nft list tables | sort | while read -r line; do nft -s list $line; done',
      'sysctl -a --pattern route_localnet; ip -4 route show table all',
      'systemctl show --property=ActiveState,NeedDaemonReload,DropInPaths docker ecs',
      "find /etc -printf '%p %y %m %U %G %l\\n' | sort",
      'find /etc -type f -exec sha256sum {} + | sort',
    ].map(line => machine.must(['sh', '-c', line])),
  )
  return texts
    .join('\n')
    .replace(/^#.*$/gm, '')
    .replace(/\[\d+:\d+\]/g, '')
}
