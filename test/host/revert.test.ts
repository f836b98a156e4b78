import t, { type Test } from 'tap'
import { createLab, type Lab } from '../lab/lab.js'
import type { LabOptions } from '../lab/options.js'
import { startDaemon } from '../watch/daemon.js'

const open = async (t: Test, options: LabOptions = {}): Promise<Lab> => {
  const lab = await createLab(options)
  t.teardown(() => lab.dispose())
  return lab
}

/** All that the program may touch, byte for byte but for figures that grow and the lock in /run. */
async function everything(lab: Lab): Promise<string> {
  const legacy = lab.layout.backend === 'legacy'
  const texts = await Promise.all([
    ...['iptables-save', 'ip6tables-save'].map(name => lab.must([name])),
    legacy ? '' : lab.must(['nft', '-s', 'list', 'ruleset']),
    lab.must(['nft', 'list', 'tables']),
    lab.must(['sysctl', '-a', '--pattern', 'route_localnet']),
    lab.must(['ip', '-4', 'route', 'show', 'table', 'all']),
    lab
      .exec(['find', '/etc', '/var/lib', '-printf', '%y %m %U %p %l\n'])
      .then(({ stdout }) => sorted(stdout)),
    lab
      .exec(['find', '/etc', '/var/lib/taskfence', '-type', 'f', '-exec', 'sha256sum', '{}', '+'])
      .then(({ stdout }) => sorted(stdout)),
  ])
  return texts
    .join('\n')
    .replace(/^#.*$/gm, '')
    .replace(/\[\d+:\d+\]/g, '')
}

const sorted = (text: string): string => text.split('\n').sort().join('\n')

const wants = '/etc/systemd/system/multi-user.target.wants'

const persistent = {
  '/etc/taskfence/policy.json': '{ "persistence": { "failClosed": true, "nftablesInclude": true } }\n',
}
const redHatFiles = {
  '/etc/sysconfig/nftables.conf': 'flush ruleset\n',
  '/etc/systemd/system/nftables.service': '',
  '/etc/sysconfig/iptables':
    '*filter\n:INPUT ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n',
  '/etc/systemd/system/iptables.service': '',
}

const everyTwin = { ...persistent, ...redHatFiles }
const twins = [
  '/etc/systemd/system/docker.service.d/taskfence.conf',
  '/etc/systemd/system/nftables.service.d/taskfence.conf',
  '/etc/taskfence/fence.nft',
]

const variants: readonly (readonly [string, LabOptions, Readonly<Record<string, string>>])[] = [
  ['Docker 20', {}, {}],
  ['legacy iptables', { backend: 'legacy', docker: 'docker28' }, {}],
  ['ecs-init and firewalld', { docker: 'docker28', extras: ['ecs-init', 'firewalld'] }, {}],
  [
    'INPUT drops, no default route',
    { docker: 'docker26', extras: ['cis-input-drop', 'no-default-route'] },
    {},
  ],
  ['Docker of nftables', { docker: 'docker29-nftables' }, {}],
  ['no Docker yet', { docker: 'none' }, {}],
  ['every durable twin', {}, everyTwin],
  ['settings of the agent', {}, { '/etc/ecs/ecs.config': 'ECS_CLUSTER=x\nECS_AWSVPC_BLOCK_IMDS=false' }],
]

for (const [name, options, files] of variants)
  t.test(`nothing of ours is left: ${name}`, async t => {
    const lab = await open(t, options)
    for (const [path, text] of Object.entries(files)) await lab.write(path, text)
    await lab.must(['mkdir', '-p', wants])
    if ('/etc/systemd/system/iptables.service' in files)
      await lab.must(['ln', '-s', '../iptables.service', `${wants}/iptables.service`])
    const before = await everything(lab)
    t.equal((await lab.taskfence(['revert', '--dry-run'])).exitCode, 0, 'nothing to take back')
    t.equal((await lab.taskfence(['apply'])).exitCode, 0)
    const applied = await everything(lab)
    t.not(applied, before)
    for (const path of twins) if (files === everyTwin) t.match(applied, path)
    const dry = await lab.taskfence(['revert', '--dry-run'])
    t.equal(dry.exitCode, 2, dry.stdout)
    t.match(dry.stdout, /go too, .*taskfence/s)
    t.equal(await everything(lab), applied, '--dry-run writes nothing')
    const reverted = await lab.taskfence(['revert'])
    t.equal(reverted.exitCode, 0, reverted.stdout + reverted.stderr)
    t.equal(await everything(lab), before)
    const again = await lab.taskfence(['revert'])
    t.equal(again.exitCode, 0)
    t.match(again.stdout, /Nothing of taskfence stands on this host/)
  })

t.test('an apply that was killed between a chain of ip6tables and the jump to it', async t => {
  const lab = await open(t)
  const before = await everything(lab)
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.must('ip6tables -F'.split(' '))
  await lab.must('nft delete chain ip6 filter FORWARD'.split(' '))
  t.equal((await lab.taskfence(['revert'])).exitCode, 0)
  t.equal(await everything(lab), before, 'the table that was made for it goes too')
})

t.test('what drifted since, what a policy of yesterday wrote, and what others added', async t => {
  const lab = await open(t)
  const before = await everything(lab)
  await lab.write('/etc/taskfence/policy.json', '{ "imdsAllow": [{ "cidr": "10.9.0.0/16", "reason": "x" }] }')
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.must(['rm', '/etc/taskfence/policy.json'])
  await lab.must('iptables -A DOCKER-USER -m comment --comment taskfence-gone -j RETURN'.split(' '))
  await lab.must('nft add rule inet taskfence forward accept'.split(' '))
  await lab.must('iptables -t nat -A PREROUTING -s 10.8.0.0/16 -j RETURN'.split(' '))
  const { exitCode, stdout } = await lab.taskfence(['revert'])
  t.equal(exitCode, 0, stdout)
  t.equal(
    (await lab.exec(['rmdir', '/etc/taskfence'])).exitCode,
    0,
    'the folder of the policy was there before',
  )
  await lab.must('iptables -t nat -D PREROUTING -s 10.8.0.0/16 -j RETURN'.split(' '))
  t.equal(await everything(lab), before)
})

t.test('rules of somebody else that are as ours stay, and are told', async t => {
  const lab = await open(t, { extras: ['ecs-init'] })
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const { stdout } = await lab.taskfence(['revert'])
  t.match(stdout, /note: stays: iptables -t nat -A PREROUTING/)
  t.match(await lab.must(['iptables', '-t', 'nat', '-S']), /-A PREROUTING -d 169\.254\.170\.2/)
})

for (const backend of ['nf_tables', 'legacy'] as const)
  t.test(`the daemon is ended first: ${backend}`, async t => {
    // Docker 28 is one with tables for IPv6: empty ones of legacy iptables nobody can take away.
    const lab = await open(t, { backend, docker: 'docker28' })
    const before = await everything(lab)
    t.equal((await lab.taskfence(['apply'])).exitCode, 0)
    await startDaemon(t, lab)
    const { exitCode, stdout } = await lab.taskfence(['revert'])
    t.equal(exitCode, 0, stdout)
    t.match(stdout, /running +taskfence\.service +pid \d+ → absent/)
    await new Promise(resolve => setTimeout(resolve, 3000))
    t.equal(await everything(lab), before, 'and nobody puts anything back')
  })

t.test('a record that is none is not guessed at', async t => {
  const lab = await open(t)
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  await lab.must(['cat', '/var/lib/taskfence/before.json'])
  await lab.write('/var/lib/taskfence/before.json', '{')
  const { exitCode, stderr } = await lab.taskfence(['revert'])
  t.equal(exitCode, 3)
  t.match(stderr, /before\.json: is no record of this program.*move it away/)
  await lab.must(['rm', '/var/lib/taskfence/before.json'])
  const without = await lab.taskfence(['revert'])
  t.equal(without.exitCode, 0)
  t.match(without.stdout, /stays until the next boot: net\.ipv4\.conf\.all\.route_localnet = 1/)
})
