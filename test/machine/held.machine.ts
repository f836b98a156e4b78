import t from 'tap'
import { agentUp, answeredToTasks, bootDockerHost, fromNow } from './docker-host.js'
import { whyNoRoot } from './roots.js'

// What the daemon holds in its own sandbox, on a booted host with Docker 28.5, whose restart opens the literal rule:
// tasks ask all the time, and everybody flushes.

t.setTimeout(900_000)

const root = 'sid-docker'
const unit = 'taskfence.service'

t.test(root, { skip: whyNoRoot(root) ?? false }, async t => {
  t.setTimeout(900_000)
  const { machine } = await bootDockerHost(root, { daemon: { 'live-restore': true } })
  t.teardown(() => machine.stop())
  machine.write(
    '/usr/bin/taskfence',
    `#!/bin/sh\nexec ${process.execPath} /opt/taskfence/taskfence.js "$@"\n`,
  )
  await agentUp(machine)
  t.equal((await machine.taskfence(['apply'])).exitCode, 0, 'apply')
  await machine.must(['systemctl', 'start', unit])
  const log = await machine.must(['journalctl', '-u', unit, '-o', 'cat', '-q'])
  t.match(log, /the fence is held/)
  t.ok((await answeredToTasks(machine)) > 0, 'open before')
  await fromNow(machine)

  const rounds: readonly (readonly [what: string, times: number, argv: readonly string[]])[] = [
    ['nft flush ruleset', 40, ['nft', 'flush', 'ruleset']],
    ['restarts of nftables.service', 5, ['systemctl', 'restart', 'nftables']],
    ['restarts of Docker', 5, ['sh', '-c', 'systemctl reset-failed docker; systemctl restart docker']],
  ]
  for (const [what, times, argv] of rounds) {
    for (let round = 0; round < times; round += 1) await machine.must(argv)
    t.equal(await answeredToTasks(machine), 0, `${times} ${what}: no task was answered`)
  }
  const counter = ['nft', 'list', 'counter', 'inet', 'taskfence_held', 'imds_bridge_ipv4']
  t.match(await machine.must(counter), /packets [1-9]/, 'what the fence let past met the second one')

  await machine.must(['systemctl', 'stop', unit])
  await machine.must(['nft', 'flush', 'ruleset'])
  await new Promise(resolve => setTimeout(resolve, 1000))
  t.ok((await answeredToTasks(machine)) > 0, 'and without the daemon a flush opens it')
})
