import t, { type Test } from 'tap'
import { createLab, type Lab } from '../lab/lab.js'
import type { LabOptions } from '../lab/options.js'

const open = async (t: Test, options: LabOptions = {}): Promise<Lab> => {
  const lab = await createLab(options)
  t.teardown(() => lab.dispose())
  return lab
}

/** Every rule and key that the program may touch, as text, without figures that grow. */
const standing = async (lab: Lab): Promise<string> => {
  const legacy = lab.layout.backend === 'legacy'
  const texts = await Promise.all([
    ...['iptables-save', 'ip6tables-save'].map(name => lab.must([name])),
    legacy ? '' : lab.must(['nft', '-s', 'list', 'ruleset']),
    lab.must(['nft', '-s', '-a', 'list', 'table', 'inet', 'taskfence']),
    lab.must(['sysctl', 'net.ipv4.conf.all.route_localnet', 'net.ipv4.conf.default.route_localnet']),
    // Of IPv4 only: the kernel adds its own for IPv6 when it comes to it, in the order the links came up.
    lab.must(['ip', '-4', 'route', 'show', 'table', 'all']),
  ])
  return texts
    .join('\n')
    .replace(/^#.*$/gm, '')
    .replace(/\[\d+:\d+\]/g, '')
}

const variants: readonly LabOptions[] = [
  {},
  { backend: 'legacy', docker: 'docker28' },
  { docker: 'docker28', extras: ['ecs-init', 'firewalld'] },
  { docker: 'docker26', extras: ['cis-input-drop', 'no-default-route'] },
  { docker: 'docker29-nftables' },
  { docker: 'none' },
]

/** Of an agent that answers while there is no Docker nobody tells what it was started with. */
const told = ({ docker }: LabOptions, verdict: string) => (docker === 'none' ? 'unknown' : verdict)

for (const options of variants)
  t.test(`a second apply changes nothing: ${JSON.stringify(options)}`, async t => {
    const lab = await open(t, options)
    t.equal((await lab.taskfence(['plan'])).exitCode, 2, 'plan: something to do')
    const first = await lab.taskfence(['apply', '--format', 'json'])
    t.equal(first.exitCode, 0, first.stderr)
    t.equal((JSON.parse(first.stdout) as { verdict: string }).verdict, told(options, 'changed'))
    const before = await standing(lab)
    const second = await lab.taskfence(['apply', '--format', 'json'])
    t.equal(second.exitCode, 0)
    t.equal((JSON.parse(second.stdout) as { verdict: string }).verdict, told(options, 'in-sync'))
    t.equal(await standing(lab), before, 'byte for byte')
    t.equal((await lab.taskfence(['plan'])).exitCode, 0, 'plan: nothing to do')
    t.equal((await lab.taskfence(['check'])).exitCode, options.docker === 'none' ? 3 : 0, 'check')
  })

t.test('what INPUT does to tasks is told', async t => {
  for (const [extras, drops] of [
    [[], false],
    [['cis-input-drop'], true],
  ] as const) {
    const lab = await open(t, { bridges: ['docker0'], extras })
    const { stdout } = await lab.taskfence(['facts', '--format', 'json'])
    const { facts } = JSON.parse(stdout) as { facts: { rules: { inputDrops: object } } }
    t.same(facts.rules.inputDrops, { credentials: drops, introspection: drops }, extras.join())
  }
})

t.test('reading commands write nothing', async t => {
  for (const options of [{ docker: 'none' }, { docker: 'docker20', backend: 'legacy' }] as const) {
    const lab = await open(t, options)
    const look = async () => [
      await lab.exec(['nft', 'list', 'tables']),
      await lab.exec(['cat', '/proc/net/ip_tables_names', '/proc/net/ip6_tables_names']),
      await lab.exec(['sysctl', 'net.ipv4.conf.all.route_localnet']),
      await lab.exec(['ls', '-R', '/run', '/etc/taskfence', '/etc/sysctl.d']),
    ]
    const before = await look()
    const told = await lab.taskfence(['check', '--log-level', 'debug'])
    t.match(told.stderr, /^\S+ debug looking mode=check only=all\n$/, 'the log')
    for (const command of ['facts', 'plan', 'check', 'explain']) await lab.taskfence([command])
    t.same(await look(), before, JSON.stringify(options))
  }
})

for (const backend of ['nf_tables', 'legacy'] as const)
  t.test(`40 parallel applies leave one copy of everything: ${backend}`, async t => {
    const lab = await open(t, { backend })
    const alone = await open(t, { backend })
    t.equal((await alone.taskfence(['apply'])).exitCode, 0)
    const results = await Promise.all(
      Array.from({ length: 40 }, () =>
        lab.taskfence(['apply', '--lock-wait', '100'], { timeoutMs: 110_000 }),
      ),
    )
    t.same(
      results
        .filter(({ exitCode }) => exitCode !== 0)
        .map(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr })),
      [],
      'all end with 0',
    )
    const withoutHandles = async (of: Lab) => (await standing(of)).replace(/ # handle \d+/g, '')
    t.equal(await withoutHandles(lab), await withoutHandles(alone), 'as one apply leaves it')
  })

t.test('exit codes', async t => {
  const lab = await open(t)
  const code = async (args: string, env: Readonly<Record<string, string>> = {}) =>
    (await lab.taskfence(args.split(' '), { env })).exitCode
  t.equal(await code('facts'), 0, 'facts')
  t.equal(await code('check'), 1, 'check of an open host: claims are broken')
  t.equal(await code('plan'), 2, 'plan')
  t.equal(await code('apply'), 0)
  t.equal(await code('check'), 0)
  await lab.must('iptables -F DOCKER-USER'.split(' '))
  t.equal(await code('check'), 2, 'drift, and every claim holds')
  await lab.must('nft delete table inet taskfence'.split(' '))
  t.equal(await code('check'), 1, 'a broken claim over drift')
  t.equal(await code('apply'), 0)
  t.equal(await code('check --no-such-flag'), 64, 'usage')
  t.equal(await code('check --only no-such-control'), 64, 'an unknown control')
  await lab.write('/etc/taskfence/policy.json', '{ "imdsAlow": [] }')
  t.equal(await code('check'), 78, 'a bad policy')
  await lab.write('/etc/taskfence/policy.json', '{ "controls": { "imds-bridge": "off" } }')
  t.equal(await code('check'), 2, 'what is off is to be taken back')
  t.equal(await code('apply'), 0)
  t.equal(await code('check'), 0, 'a policy')
  t.equal(await code('explain imds-bridge'), 0)
  const holder = lab.exec(['flock', '/run/taskfence/lock', 'sleep', '20']).catch(() => null)
  await lab.must('iptables -F DOCKER-USER'.split(' '))
  await lab.write('/etc/taskfence/policy.json', '{}')
  t.equal(await code('apply --lock-wait 1'), 75, 'the write lock is held')
  await lab.dispose()
  await holder
})

t.test('not root', async t => {
  const lab = await open(t)
  // A user namespace without a map: whoever runs this is nobody there.
  const asNobody = ['unshare', '--user', process.execPath, `${process.cwd()}/dist/taskfence.js`]
  for (const command of ['check', 'plan', 'apply'])
    t.equal((await lab.exec([...asNobody, command])).exitCode, 77, command)
  t.equal((await lab.exec([...asNobody, 'explain'])).exitCode, 0, 'explain')
})
