import t, { type Test } from 'tap'
import { whyNoCgroups } from '../lab/cgroups.js'
import { startDockerd, whyNoDockerd } from '../lab/dockerd.js'
import { installEcsInit, type EcsInitOptions } from '../lab/ecs-init.js'
import { createLab, type Lab } from '../lab/lab.js'
import type { LabOptions } from '../lab/options.js'

// The stand-in for ecs-init does what the original does, beside which taskfence is tried.

t.jobs = 2

const prerouting =
  '-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51679'
const output = '-A OUTPUT -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 51679'
const bridge = '-A INPUT -i docker0 -p tcp -m tcp --dport 51678 -j ACCEPT'
const introspection = '-A INPUT ! -i lo -p tcp -m tcp --dport 51678 -j DROP'
const loopback =
  '-A INPUT ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'

async function open(t: Test, options: LabOptions = {}, init: EcsInitOptions = {}) {
  const lab = await createLab({ extras: ['no-agent'], ...options })
  t.teardown(() => lab.dispose())
  const installed = await installEcsInit(lab, init)
  t.teardown(() => {
    installed.systemd.close()
  })
  return { lab, ...installed }
}

async function rules(lab: Lab) {
  const of = async (program: string, ...chain: readonly string[]) =>
    (await lab.must([program, ...chain])).split('\n').filter(line => line.startsWith('-A'))
  return {
    prerouting: (await of('iptables', '-t', 'nat', '-S', 'PREROUTING')).filter(line =>
      line.includes('169.254'),
    ),
    output: (await of('iptables', '-t', 'nat', '-S', 'OUTPUT')).filter(line => line.includes('169.254')),
    input: await of('iptables', '-S', 'INPUT'),
    input6: await of('ip6tables', '-S', 'INPUT'),
    localnet: (await lab.must(['sysctl', '-n', 'net.ipv4.conf.all.route_localnet'])).trim(),
  }
}

const none = { prerouting: [], output: [], input: [], input6: [], localnet: '0' }
const all = {
  prerouting: [prerouting],
  output: [output],
  input: [bridge, introspection, loopback],
  input6: [bridge, introspection],
  localnet: '1',
}

const systemctl = async (lab: Lab, words: string) => {
  const { exitCode, stdout } = await lab.exec(['systemctl', ...words.split(' ')])
  return `${exitCode} ${stdout.trim()}`.trim()
}

/** Its unit is active before it listens. */
async function answers(lab: Lab): Promise<boolean> {
  // Not too often: a connection from the very port it asks for would be to itself, and keep the agent from it.
  for (const end = Date.now() + 20_000; Date.now() < end; await pause(50))
    if ((await lab.http('host', 'http://127.0.0.1:51678/v1/metadata')).startsWith('answered')) return true
  return false
}

for (const backend of ['nf_tables', 'legacy'] as const)
  t.test(`${backend}: start, stop, and what a crash of Docker leaves`, async t => {
    const { lab, docker } = await open(t, { backend })
    t.same(await rules(lab), none)
    t.equal(await systemctl(lab, 'is-active ecs'), '3 inactive')
    t.equal(await systemctl(lab, 'start ecs'), '0')
    t.same(await rules(lab), all, 'started')
    t.equal(await systemctl(lab, 'is-active ecs.service'), '0 active')
    t.equal(await answers(lab), true)
    t.equal(await lab.http('docker0', 'http://169.254.170.2/v2/credentials/lab-task'), 'answered 200')
    t.equal(await systemctl(lab, 'stop ecs'), '0')
    t.same(await rules(lab), none, 'stopped')
    t.equal(await lab.http('host', 'http://127.0.0.1:51678/v1/metadata'), 'refused')

    await systemctl(lab, 'start ecs')
    await lab.must('mv /run/docker.sock /run/docker.gone'.split(' '))
    await systemctl(lab, 'stop ecs')
    t.same(await rules(lab), all, 'without Docker nothing is taken back')
    await lab.must('mv /run/docker.gone /run/docker.sock'.split(' '))
    await systemctl(lab, 'start ecs')
    t.same((await rules(lab)).prerouting, [prerouting, prerouting], 'a second copy')
    await systemctl(lab, 'stop ecs')
    t.same((await rules(lab)).prerouting, [prerouting], 'of which one goes')
    t.equal((await rules(lab)).localnet, '0')

    docker.set('inactive')
    t.equal(await systemctl(lab, 'start ecs'), '0', 'and Docker with it')
    t.equal(await systemctl(lab, 'is-active docker'), '0 active')
  })

t.test('the agent ends: systemd starts it again, with new rules', async t => {
  const { lab, ecs } = await open(t, {}, { restartMs: 100 })
  await ecs.start()
  await ecs.kill()
  while (ecs.state().ActiveState === 'active') await pause(10)
  while (ecs.state().ActiveState !== 'active') await pause(10)
  t.same(await rules(lab), all)
  t.equal(await systemctl(lab, 'show ecs -p=NRestarts,SubState --value'), '0 running\n1')
})

t.test('the agent does not want to be started again', async t => {
  const { lab, ecs, ...init } = await open(t)
  await init.order({ exitCode: 5 })
  t.equal(await systemctl(lab, 'start ecs'), '0', 'a simple service has started once it is begun')
  while (ecs.state().ActiveState !== 'failed') await pause(10)
  t.equal(await systemctl(lab, 'is-active ecs'), '3 failed')
  t.same(await rules(lab), none)
})

t.test('a step that fails', async t => {
  const { lab } = await open(t, {}, { restartMs: 60_000 })
  await lab.must('mv /run/docker.sock /run/docker.gone'.split(' '))
  const { exitCode, stderr } = await lab.exec(['systemctl', 'start', 'ecs'])
  t.equal(exitCode, 1, 'Docker does not answer')
  t.match(stderr, 'Job for ecs.service failed')
  const shown = await systemctl(lab, 'show ecs --property=ActiveState,SubState')
  t.equal(shown, '0 ActiveState=activating\nSubState=auto-restart')
  await lab.must('mv /run/docker.gone /run/docker.sock'.split(' '))
  t.equal(await systemctl(lab, 'restart ecs'), '0')
  t.same(await rules(lab), all)
})

t.test('while user data runs a start waits, unless nobody waits for it', async t => {
  const { lab, cloudFinal, ecs } = await open(t)
  cloudFinal.set('activating')
  t.equal(await systemctl(lab, '--no-block start ecs'), '0')
  t.equal(ecs.state().ActiveState, 'inactive')
  const start = systemctl(lab, 'start ecs')
  t.equal(await Promise.race([start, new Promise(resolve => setTimeout(resolve, 300, 'waits'))]), 'waits')
  cloudFinal.set('active')
  t.equal(await start, '0')
})

t.test('switches', async t => {
  const { lab, ecs } = await open(t)
  for (const value of ['true', '"true"', '1']) {
    await lab.write('/etc/ecs/ecs.config', `# a comment\nECS_SKIP_LOCALHOST_TRAFFIC_FILTER=${value}\n`)
    await ecs.start()
    t.same((await rules(lab)).input, [bridge, introspection], value)
    await ecs.stop()
  }
  await lab.write('/etc/ecs/ecs.config', 'ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS=true\r\n')
  await ecs.start()
  t.same(await rules(lab), { ...all, input: [loopback], input6: [] })
  await ecs.stop()
  await lab.write('/etc/ecs/ecs.config', 'ECS_SKIP_LOCALHOST_TRAFFIC_FILTER=yes\n')
  await ecs.start()
  t.same(await rules(lab), all, 'what is no switch is off')
  await lab.write('/etc/ecs/ecs.config', 'ECS_SKIP_LOCALHOST_TRAFFIC_FILTER=true\n')
  await ecs.stop()
  t.same(await rules(lab), { ...none, input: [loopback] }, 'switched while it ran: the drop is left behind')
})

const skip = whyNoDockerd() ?? whyNoCgroups('hybrid') ?? false
t.test(
  'beside a real engine the agent is a container with the environment of the files',
  { skip },
  async t => {
    const lab = await createLab({ bridges: [], docker: 'none', cgroups: 'hybrid', extras: ['no-agent'] })
    t.teardown(() => lab.dispose())
    const dockerd = await startDockerd(lab)
    const { ecs, systemd } = await installEcsInit(lab, { dockerd })
    t.teardown(() => {
      systemd.close()
    })
    await lab.write('/var/lib/ecs/ecs.config', 'ECS_CLUSTER=first\n')
    await lab.write(
      '/etc/ecs/ecs.config',
      'ECS_CLUSTER=one\nECS_CLUSTER=two\nexport ECS_X=1\nECS_AWSVPC_BLOCK_IMDS="true" # x\n',
    )
    await ecs.start()
    const environment = async () =>
      JSON.parse(await dockerd.docker('inspect', '--format', '{{json .Config.Env}}', 'ecs-agent')) as string[]
    t.equal(await answers(lab), true, 'it answers')
    for (const assignment of [
      'ECS_CLUSTER=two',
      'export ECS_X=1',
      'ECS_AWSVPC_BLOCK_IMDS="true" # x',
      'ECS_ENABLE_TASK_ENI=true',
    ])
      t.ok((await environment()).includes(assignment), assignment)
    await lab.write('/etc/ecs/ecs.config', 'ECS_AWSVPC_BLOCK_IMDS=true\n')
    t.notOk((await environment()).includes('ECS_AWSVPC_BLOCK_IMDS=true'), 'not before a restart')
    await systemd.restart('docker.service')
    t.equal(await answers(lab), true, ecs.journal.join('\n'))
    t.ok((await environment()).includes('ECS_AWSVPC_BLOCK_IMDS=true'), 'Docker restarted, and ecs with it')
    t.equal((await rules(lab)).prerouting.length, 1)
  },
)

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))
