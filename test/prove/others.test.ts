import { spawn } from 'node:child_process'
import t from 'tap'
import { createLab, type Lab } from '../lab/lab.js'
import { apply, buildProgram, disagreements, line, proveIn, traces } from './rig.js'

const program = await buildProgram()
const literal = ['iptables', '-I', 'DOCKER-USER', '-i', 'docker+', '-d', '169.254.169.254/32', '-j', 'DROP']

const answered = 'imds-bridge docker0 ipv4: false it was answered; a TCP connection was made and closed'
const byLiteral =
  'imds-bridge docker0 ipv4: true dropped by DOCKER-USER -d 169.254.169.254/32 -i docker+ -j DROP (+N)'

/** The container on docker0 asks for metadata all the time, from ports of its own. */
function hammer(lab: Lab): () => void {
  const text = `
    const net = require('node:net')
    setInterval(() => { const s = net.connect(80, '169.254.169.254'); s.on('error', () => {}); setTimeout(() => s.destroy(), 300) }, 3)
    process.stdin.resume().on('end', () => process.exit())`
  const [file = '', ...args] = lab.enter([process.execPath, '-e', text], 'docker0')
  const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'] })
  return () => {
    child.stdin.end()
  }
}

for (const { name, rule, expected, extras } of [
  { name: 'dropped, while others are dropped', rule: literal, expected: byLiteral, extras: [] },
  {
    name: 'open for the probe alone, while others are dropped',
    rule: literal
      .map(word => (word === 'DOCKER-USER' ? 'DOCKER-USER -s 172.17.0.2'.split(' ') : word))
      .flat(),
    expected: answered,
    extras: [],
  },
  {
    name: 'without nft the counters are not believed while others move them',
    rule: literal,
    expected:
      "imds-bridge docker0 ipv4: null nobody answered, which proves no drop; without nftables only DOCKER-USER's counters can be read",
    extras: ['no-nft'],
  },
] as const) {
  t.test(`a busy bridge: ${name}`, async t => {
    const lab = await createLab({ bridges: ['docker0'], extras })
    t.teardown(() => lab.dispose())
    await lab.must(rule)
    const stop = hammer(lab)
    t.teardown(stop)
    const counted = async () =>
      Number(/-c (\d+) \d+ -j DROP/.exec(await lab.must(['iptables', '-v', '-S', 'DOCKER-USER']))?.[1])
    while ((await counted()) < 20);
    const report = await proveIn(lab, program)
    t.equal(report.probes.map(line)[0], expected)
    t.strictSame(await traces(lab), [])
  })
}

t.test('without nft', async t => {
  for (const backend of ['nf_tables', 'legacy'] as const) {
    const lab = await createLab({ bridges: ['docker0', 'appnet0'], backend, extras: ['no-nft'] })
    t.teardown(() => lab.dispose())
    await apply(lab)
    const report = await proveIn(lab, program)
    const expected = [
      'imds-bridge docker0 ipv4: true dropped by DOCKER-USER -d 169.254.169.254/32 -i docker+ -m comment --comment taskfence-imds-bridge -j DROP (+N)',
      'imds-bridge appnet0 ipv4: false it was answered; a TCP connection was made and closed',
      'task-credentials appnet0 ipv4: true it arrived at 127.0.0.1:51679, and was answered',
      'task-credentials host ipv4: true it arrived at 127.0.0.1:51679, and was answered',
    ]
    const about = (text: string) => text.slice(0, text.indexOf(':'))
    t.strictSame(
      report.probes.map(line).filter(text => expected.map(about).includes(about(text))),
      expected,
      backend,
    )
    t.strictSame(disagreements(report), [], backend)
    t.strictSame(await traces(lab), [], backend)
  }
})

t.test('an address that somebody on the bridge has is never taken', async t => {
  const lab = await createLab({ bridges: ['docker0'] })
  t.teardown(() => lab.dispose())
  const taken = Array.from({ length: 32 }, (_, index) => 223 + index)
  const lines = taken.flatMap(last => [
    `address add 172.17.255.${last}/16 dev eth0`,
    `address add fd17::ffff:ffff:ffff:ff${last.toString(16)}/64 dev eth0 nodad`,
  ])
  const added = await lab.in('docker0').exec(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
  t.equal(added.exitCode, 0, added.stderr)
  const found = (await proveIn(lab, program)).probes.map(line)
  for (const family of ['ipv4', 'ipv6'])
    t.ok(found.includes(`imds-bridge docker0 ${family}: null no address was free for the sender`), family, {
      found,
    })
  t.strictSame(await traces(lab), [])
})

t.test('a bridge whose MAC follows its ports', async t => {
  const lab = await createLab({ bridges: ['docker0'] })
  t.teardown(() => lab.dispose())
  await lab.must(['ip', 'link', 'add', 'follows0', 'type', 'bridge'])
  await lab.must(['ip', 'address', 'add', '172.30.0.1/24', 'dev', 'follows0'])
  await lab.must(['ip', 'link', 'set', 'follows0', 'up'])
  const mac = () => lab.must(['cat', '/sys/class/net/follows0/address'])
  const alone = await mac()
  const empty = await proveIn(lab, program)
  t.strictSame(
    empty.skipped
      .filter(({ reason }) => reason.includes('nobody is on follows0'))
      .map(({ control }) => control),
    ['imds-bridge', 'task-credentials'],
    'is left alone while it has none',
  )
  t.notOk(
    empty.probes.some(({ claim }) => claim.origin.kind === 'container' && claim.origin.bridge === 'follows0'),
  )
  t.equal(await mac(), alone)

  await lab.must([
    'ip',
    'link',
    'add',
    'port0',
    'address',
    'fe:10:00:00:00:01',
    'type',
    'veth',
    'peer',
    'name',
    'port1',
  ])
  await lab.must(['ip', 'link', 'set', 'port0', 'master', 'follows0', 'up'])
  await lab.must(['ip', 'link', 'set', 'port1', 'up'])
  const taken = await mac()
  t.equal(taken.trim(), 'fe:10:00:00:00:01')
  const report = await proveIn(lab, program)
  const found = report.probes.map(line)
  const dropped = 'dropped, but not by a rule of ours: in ip filter FORWARD (forward at priority 0)'
  t.ok(found.includes(`imds-bridge follows0 ipv4: true ${dropped}`), 'is asked once it has one', { found })
  t.equal(await mac(), taken, 'keeps its MAC, high as it is')
})

t.test('two runs at once do not see each other', async t => {
  const lab = await createLab({ bridges: ['docker0', 'appnet0'] })
  t.teardown(() => lab.dispose())
  await apply(lab)
  const reports = await Promise.all([proveIn(lab, program), proveIn(lab, program)])
  for (const report of reports)
    t.strictSame(report.probes.filter(({ packet }) => packet.holds !== true).map(line), [])
  t.strictSame(await traces(lab), [])
})
