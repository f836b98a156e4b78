import t from 'tap'
import { defaults } from '../../src/cli/policy/defaults.js'
import type { DaemonStatus } from '../../src/model/status.js'
import { labHost } from '../lab/lab-host.js'
import { createLab, type Lab } from '../lab/lab.js'
import { startDaemon } from './daemon.js'

const rule = 'DOCKER-USER -d 169.254.169.254/32 -i docker+ -m comment --comment taskfence-imds-bridge -j DROP'
const drop = rule.split(' ')
const key = '/proc/sys/net/ipv4/conf/all/route_localnet'
const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const stands = async (lab: Lab) => (await lab.exec(['iptables', '-C', ...drop])).exitCode === 0
const pidOf = async (lab: Lab) =>
  String((JSON.parse(await lab.must(['cat', '/run/taskfence/status.json'])) as DaemonStatus).pid)

/** Of the daemon and the children it has waited for, in seconds. */
async function processor(lab: Lab, pid: string): Promise<number> {
  const fields = (await lab.must(['cat', `/proc/${pid}/stat`])).replace(/^.*\) /s, '').split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

t.test(
  'somebody who deletes a rule as fast as it comes is named, and left alone; the fence stays',
  async t => {
    const lab = await createLab()
    t.teardown(() => lab.dispose())
    t.equal((await lab.taskfence(['apply'])).exitCode, 0)
    const daemon = await startDaemon(t, lab)
    const pid = await pidOf(lab)
    await lab.agent('docker0').ask({ op: 'storm', name: 'metadata', url: metadata, everyMs: 5 })

    const contested = daemon.next(/warn contested/)
    const deletes = `iptables -D ${rule} 2> /dev/null; nft flush chain inet taskfence forward`
    const fight = lab.must(['sh', '-c', `while [ ! -e /run/peace ]; do ${deletes}; done`], {
      timeoutMs: 60_000,
    })
    t.match(await contested, /DOCKER-USER/)
    const put = daemon.log.filter(line =>
      /(info repaired|warn failed) .*DOCKER-USER -d 169\.254\.169\.254/.test(line),
    ).length
    // The one that is too many is written as well.
    const most = defaults.watch.contest.repairs + 1
    t.ok(put <= most, `held after ${put} writes, ${most} at most`)
    const used = await processor(lab, pid)
    await new Promise(resolve => setTimeout(resolve, 4000))
    const share = ((await processor(lab, pid)) - used) / 4
    t.ok(share < 0.8, `${(share * 100).toFixed(0)} % of a processor in the fight`)
    await lab.write('/run/peace', '')
    await fight
    t.equal(daemon.log.filter(line => /warn contested/.test(line)).length, 1, 'one warning')
    t.notOk(await stands(lab), 'left alone')

    const { answered, asked } = await lab.agent('docker0').ask({ op: 'calm', name: 'metadata' })
    t.equal(answered, 0, `none of ${asked} requests is answered`)
    t.equal(
      (await lab.exec(['nft', 'list', 'chain', 'inet', 'taskfence', 'forward'])).stdout.match(/drop/g)
        ?.length,
      2,
    )
    const status = await lab.taskfence(['status'])
    t.match(status.stdout, /contested {3}iptables filter\/DOCKER-USER[\s\S]*left alone until/)
    await daemon.end()
  },
)

t.test('nft monitor killed, and stopped: it is begun again, and nothing is missed', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const daemon = await startDaemon(t, lab)
  const pid = await pidOf(lab)
  const monitor = async () => {
    const children = await lab.must(['cat', `/proc/${pid}/task/${pid}/children`])
    for (const child of children.trim().split(' '))
      if ((await lab.exec(['cat', `/proc/${child}/cmdline`])).stdout.startsWith('nft\0monitor')) return child
    return ''
  }

  const first = await monitor()
  await lab.must(['kill', '-KILL', first])
  const repaired = daemon.next(/info repaired .*DOCKER-USER/)
  await lab.must(['iptables', '-D', ...drop])
  await repaired
  t.ok(await stands(lab), 'killed')
  await new Promise(resolve => setTimeout(resolve, 1500))

  const second = await monitor()
  t.not(second, first)
  await lab.must(['kill', '-STOP', second])
  const both = daemon.next(/info repaired .*DOCKER-USER/)
  await lab.must(['iptables', '-D', ...drop])
  await lab.must(['tee', key], { input: '0\n' })
  await both
  t.ok(await stands(lab), 'stopped: what another trigger asks for repairs it')
  const isAnother = (child: string) => child !== '' && child !== second
  const deadline = Date.now() + 30_000
  let third = await monitor()
  while (!isAnother(third) && Date.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 200))
    third = await monitor()
  }
  t.ok(isAnother(third), 'it shows no change of ours, so another one is begun')
  await daemon.end()
})

t.test(
  'nft monitor tells late: the drift is put back once, and ours is not taken for that of others',
  async t => {
    const lab = await createLab()
    t.teardown(() => lab.dispose())
    t.equal((await lab.taskfence(['apply'])).exitCode, 0)
    await lab.must(['mkdir', '/run/lab/at-once'])
    await lab.must(['mv', '/run/lab/bin/nft', '/run/lab/at-once/nft'])
    const late = 'process.stdin.on("data", text => setTimeout(() => process.stdout.write(text), 3000))'
    const script = `#!/bin/sh
[ "$1" = monitor ] || exec /run/lab/at-once/nft "$@"
/run/lab/at-once/nft "$@" | ${process.execPath} -e '${late}'
`
    await labHost(lab).files.write('/run/lab/bin/nft', script, { mode: 0o755 })
    const daemon = await startDaemon(t, lab)
    const repaired = daemon.next(/info repaired .*DOCKER-USER/)
    await lab.must(['iptables', '-D', ...drop])
    t.match(await repaired, /from=absent/)
    await new Promise(resolve => setTimeout(resolve, 7500))
    t.ok(await stands(lab))
    t.equal(daemon.log.filter(line => /info repaired/.test(line)).length, 1, daemon.log.join('\n'))
    t.equal(await daemon.end(), 0)
  },
)
