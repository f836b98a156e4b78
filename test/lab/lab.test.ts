import t, { type Test } from 'tap'
import { instanceKey, taskKey } from './stand-ins.js'
import { createLab, type Lab, type Where } from './lab.js'
import { labHost } from './lab-host.js'
import { bridgeNames, customBridge, dockerLayouts, userBridge, type LabOptions } from './options.js'

// What stands before any fence: a "timed out" of a later test means something only beside these answers.

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const metadata6 = 'http://[fd00:ec2::254]/latest/meta-data/instance-id'
const credentials = 'http://169.254.170.2/v2/credentials/lab-task'

const loopback = 'http://127.0.0.1:51679/v2/credentials'

t.jobs = 3

async function open(t: Test, options: LabOptions = {}): Promise<Lab> {
  const lab = await createLab(options)
  t.teardown(() => lab.dispose())
  return lab
}

const routeLocalnet = ['sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1']
const nat = (chain: string, ...target: string[]) =>
  `iptables -t nat -A ${chain} -p tcp -d 169.254.170.2 --dport 80 -j`.split(' ').concat(target)
const dnat = nat('PREROUTING', 'DNAT', '--to-destination', '127.0.0.1:51679')
const redirect = nat('OUTPUT', 'REDIRECT', '--to-ports', '51679')

t.test('nothing applied', async t => {
  const lab = await open(t, { bridges: bridgeNames, docker: 'none' })
  const answers: readonly (readonly [Where, string, string])[] = [
    ...[...bridgeNames, 'host' as const].flatMap(
      where =>
        [
          [where, metadata, 'answered 200'],
          [where, metadata6, 'answered 200'],
          [where, credentials, 'timed out'],
        ] as const,
    ),
    ['neighbour', credentials, 'timed out'],
    ['neighbour', loopback, 'timed out'],
    ['neighbour', 'http://10.0.0.10:51679/', 'refused'],
    ['neighbour', 'http://10.0.0.10:51678/v1/metadata', 'answered 200'],
    ['neighbour', 'http://[fd10::10]:51678/v1/metadata', 'answered 200'],
    ['docker0', 'http://172.17.0.1:51678/v1/metadata', 'answered 200'],
    ['host', 'http://127.0.0.1:51679/v2/credentials', 'answered 400'],
    ['host', 'http://127.0.0.1:51679/v2/credentials/other', 'answered 400'],
  ]
  await Promise.all(
    answers.map(async ([where, url, expected]) => {
      t.equal(await lab.http(where, url), expected, `${where} asks ${url}: ${expected}`)
    }),
  )
})

for (const docker of dockerLayouts)
  for (const backend of ['nf_tables', 'legacy'] as const)
    t.test(`rules of ${docker} on ${backend}: every task reaches the metadata service`, async t => {
      const lab = await open(t, { docker, backend })
      for (const where of ['docker0', userBridge, customBridge] as const)
        for (const url of [metadata, metadata6])
          t.equal(await lab.http(where, url), 'answered 200', `${where} ${url}`)
      t.match((await lab.must(['iptables', '--version'])).trim(), new RegExp(`\\(${backend}\\)$`))
      const other = backend === 'legacy' ? 'iptables-nft-save' : 'iptables-legacy-save'
      t.notMatch((await lab.exec([other])).stdout, /DOCKER/, 'the other backend has none of them')
    })

t.test('the documented rules open the credentials to tasks and to neighbours', async t => {
  const lab = await open(t)
  const ask = (where: Where) => lab.http(where, credentials)
  await lab.must(routeLocalnet)
  t.equal(await ask('docker0'), 'timed out', 'route_localnet alone does nothing')
  t.equal(await lab.http('neighbour', loopback), 'answered 400', 'but opens loopback')
  await lab.must(dnat)
  for (const where of ['docker0', userBridge, customBridge, 'neighbour'] as const)
    t.equal(await ask(where), 'answered 200', where)
  t.equal(await ask('host'), 'timed out', 'the host needs a rule of its own')
  await lab.must(redirect)
  t.equal(await ask('host'), 'answered 200')
  await lab.must(['sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=0'])
  t.equal(await ask('docker0'), 'timed out', 'without route_localnet')
})

t.test('the drop in DOCKER-USER, and what takes its effect away', async t => {
  const lab = await open(t)
  const rule = '-i docker+ -d 169.254.169.254/32 -j DROP'.split(' ')
  await lab.must(['iptables', '-I', 'DOCKER-USER', '1', ...rule])
  t.equal(await lab.http('docker0', metadata), 'timed out')
  t.equal(await lab.http('docker0', metadata6), 'answered 200', 'IPv6 stays open')
  t.equal(await lab.http(userBridge, metadata), 'answered 200', 'a bridge of another name stays open')
  t.equal(await lab.http('host', metadata), 'answered 200')
  await lab.must('iptables -I DOCKER-USER 1 -j RETURN'.split(' '))
  t.equal(await lab.http('docker0', metadata), 'answered 200', 'behind a RETURN')
})

t.test('an open connection outlives no drop, and every other one lives', async t => {
  const lab = await open(t)
  const ask = (connection: string) => lab.http('docker0', metadata, { connection })
  t.equal(await ask('one'), 'answered 200')
  await lab.must('iptables -I DOCKER-USER -m conntrack --ctstate NEW -d 169.254.169.254 -j DROP'.split(' '))
  t.equal(await ask('one'), 'answered 200', 'the same connection')
  t.equal(await ask('two'), 'timed out', 'a new connection')
})

t.test('extras', async t => {
  const lab = await open(t, { extras: ['bridged-uplink', 'second-nic', 'firewalld', 'ecs-init'] })
  for (const where of ['neighbour', 'second-neighbour', 'machine', 'docker0', 'host'] as const)
    t.equal(await lab.http(where, credentials), 'answered 200', `${where} reaches what ecs-init opens`)
  t.equal(await lab.http('neighbour', 'http://10.0.0.10:51678/'), 'timed out', 'ecs-init hides introspection')
  t.equal(await lab.http('docker0', 'http://172.17.0.1:51678/'), 'answered 200')
})

t.test('an INPUT that drops cuts the credentials of tasks', async t => {
  for (const extra of ['cis-input-drop', 'ufw'] as const) {
    const lab = await open(t, { extras: [extra] })
    for (const command of [routeLocalnet, dnat]) await lab.must(command)
    t.equal(await lab.http('docker0', credentials), 'timed out', extra)
  }
})

t.test('some hosts miss something', async t => {
  const lab = await open(t, { ipv6: false, docker: 'none', extras: ['no-nft', 'no-default-route'] })
  t.equal((await lab.exec(['nft', '--version'])).exitCode, 127, 'no nft')
  t.equal(await lab.http('host', metadata), 'unreachable', 'no default route')
  t.not(await lab.http('docker0', metadata6), 'answered 200', 'no IPv6')
  t.equal(await labHost(lab).files.read('/run/docker.sock'), null, 'no engine')
})

t.test('the bodies tell whose credentials they are', async t => {
  const lab = await open(t, { extras: ['ecs-init'] })
  const role = 'http://169.254.169.254/latest/meta-data/iam/security-credentials/labInstanceRole'
  t.match((await lab.request('docker0', credentials)).body, taskKey)
  t.match((await lab.request('docker0', role)).body, instanceKey)
})

t.test('this machine is out of reach', async t => {
  const lab = await open(t)
  for (const path of ['/usr/lib/os-release', '/usr/sbin/probe', '/tmp/probe', '/root/probe', '/opt/probe'])
    t.not(
      (await lab.exec(['tee', path], { input: 'written by a lab' })).exitCode,
      0,
      `${path} cannot be written`,
    )
  const before = (await labHost(lab).files.read('/etc/os-release')) ?? ''
  t.match(before, 'Amazon Linux')
  const { readFileSync } = await import('node:fs')
  t.notMatch(readFileSync('/etc/os-release', 'utf8'), 'Amazon Linux 2023.9.20260810')
})

t.test('the lab as a Host', async t => {
  const lab = await open(t)
  const host = labHost(lab)
  t.equal((await host.run({ file: 'no-such-program', args: [] })).exitCode, 127)
  await t.rejects(host.run({ file: 'sleep', args: ['5'], timeoutMs: 50 }), { code: 'E_COMMAND' })
  t.equal((await host.run({ file: 'cat', args: [], input: 'text' })).stdout, 'text')
  await host.files.write('/etc/taskfence/policy.json', '{}')
  t.equal(await host.files.read('/etc/taskfence/policy.json'), '{}')
  t.equal(await host.files.read('/etc/taskfence/other.json'), null)
  await host.files.poke('/proc/sys/net/ipv4/conf/all/route_localnet', '1')
  t.equal((await lab.must(['sysctl', '-n', 'net.ipv4.conf.all.route_localnet'])).trim(), '1')
  await lab.must(['ln', '-s', 'ecs-agent-v1.105.1.tar', '/run/link'])
  t.equal(await host.files.link('/run/link'), 'ecs-agent-v1.105.1.tar')
  t.equal(await host.files.link('/etc/os-release'), null)
  t.ok((await host.files.list('/sys/class/net'))?.includes(userBridge))
  const engine = await host.http({ socketPath: '/run/docker.sock', path: '/info', timeoutMs: 1000 })
  t.match(JSON.parse(engine?.body ?? '{}'), { ServerVersion: '20.10.24' })
  t.equal(await host.http({ address: '127.0.0.1', port: 1, path: '/', timeoutMs: 1000 }), null)
  const child = await host.start({ file: 'cat', args: [] })
  child.send('a line\n')
  t.equal(await child.line(1000), 'a line')
  await t.rejects(child.line(20), { code: 'E_COMMAND' })
  await child.stop()
})

t.test('several at once, and nothing is left behind', async t => {
  const labs = await Promise.all(
    [{}, { docker: 'docker28' as const }, { backend: 'legacy' as const }].map(o => createLab(o)),
  )
  await labs[0]?.must('iptables -I DOCKER-USER -d 169.254.169.254 -j DROP'.split(' '))
  t.same(await Promise.all(labs.map(lab => lab.http('docker0', metadata))), [
    'timed out',
    'answered 200',
    'answered 200',
  ])
  const held = labs[2]?.exec(['sleep', '60']).then(
    () => 'gone',
    () => 'gone',
  )
  await Promise.all(labs.map(lab => lab.dispose()))
  t.equal(await Promise.race([held, new Promise(resolve => setTimeout(resolve, 2000, 'still runs'))]), 'gone')
})
