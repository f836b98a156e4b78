import { spawn } from 'node:child_process'
import t, { type Test } from 'tap'
import { createLab, labEnv, taskfence, type Lab } from '../lab/lab.js'
import { find } from '../lab/tools.js'
import { startDaemon } from '../watch/daemon.js'

// Most of it is waiting for timers.
t.jobs = 3

/** As systemd's: it answers at once, and what it starts outlives whoever asked. */
const systemdRun = `#!/bin/sh
for word; do
  shift
  case "$word" in
    --unit=*) unit=\${word#--unit=} ;;
    --on-active=*) seconds=\${word#--on-active=} ;;
    --) break ;;
  esac
done
setsid sh -c 'echo $$ > "/run/tmp/$0.pid"; sleep "$1"; shift; mv "/run/tmp/$0.pid" "/run/tmp/$0.runs"; "$@"; rm "/run/tmp/$0.runs"' \\
  "$unit" "\${seconds%s}" "$@" </dev/null >/run/tmp/timer.log 2>&1 &
`
const systemctl = `#!/bin/sh
case "$1 $2" in
  "stop "*.timer) name=\${2%.timer}; [ ! -e "/run/tmp/$name.pid" ] || { kill "$(cat "/run/tmp/$name.pid")"; rm "/run/tmp/$name.pid"; } ;;
  "is-active "*.timer)
    for end in pid runs; do [ -e "/run/tmp/\${2%.timer}.$end" ] && echo active || echo inactive; done ;;
esac
`

async function open(t: Test): Promise<Lab> {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  for (const [name, text] of Object.entries({ 'systemd-run': systemdRun, systemctl }))
    await lab.agent('host').ask({ op: 'write', path: `/run/lab/bin/${name}`, text, mode: 0o755 })
  await lab.must(['mkdir', '-p', '/run/systemd/system'])
  return lab
}

/** Rules, kernel values and files, without figures that grow and without what the state folder keeps. */
async function standing(lab: Lab): Promise<string> {
  const texts = await Promise.all([
    lab.must(['iptables-save']),
    lab.must(['ip6tables-save']),
    lab.must(['nft', 'list', 'tables']).then(text => text.split('\n').sort().join('\n')),
    lab.exec(['nft', '-s', 'list', 'table', 'inet', 'taskfence']).then(({ stdout }) => stdout),
    lab.must(['sysctl', '-a', '--pattern', 'route_localnet']),
    lab
      .exec(['find', '/etc', '-type', 'f', '-exec', 'sha256sum', '{}', '+'])
      .then(({ stdout }) => stdout.split('\n').sort().join('\n')),
  ])
  return texts
    .join('\n')
    .replace(/^#.*$/gm, '')
    .replace(/\[\d+:\d+\]/g, '')
}

/** Starts it and lets it wait; resolves once it does. */
async function start(lab: Lab, args: readonly string[]) {
  const [file = '', ...argv] = lab.enter([process.execPath, taskfence, ...args])
  const child = spawn(file, argv, { stdio: ['ignore', 'ignore', 'pipe'], env: labEnv })
  let said = ''
  const over = new Promise<number | null>(ended => child.on('close', ended))
  await new Promise<void>((begun, missed) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('waiting for `taskfence confirm`')) begun()
    })
    child.on('close', () => {
      missed(new Error(said))
    })
  })
  return { child, over, said: () => said }
}

/** 15 s at most. */
async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (let turn = 0; turn < 150; turn += 1) {
    if (await holds()) return true
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return false
}

const isTakenBack = async (lab: Lab) =>
  (await lab.exec(['cat', '/var/lib/taskfence/unconfirmed.json'])).stdout.includes('"isTakenBack": true')

t.test('what is confirmed stays', async t => {
  const lab = await open(t)
  const run = await start(lab, ['apply', '--confirm-within', '60'])
  const applied = await standing(lab)
  t.equal((await lab.taskfence(['apply'])).exitCode, 75, 'meanwhile nobody else writes')
  const confirmed = await lab.taskfence(['confirm'])
  t.equal(confirmed.exitCode, 0, confirmed.stderr)
  t.match(confirmed.stdout, /^Confirmed/)
  t.equal(await run.over, 0)
  t.match(run.said(), /confirmed\n$/)
  t.equal(await standing(lab), applied)
  t.match((await lab.exec(['ls', '/run/tmp'])).stdout, /^(?!.*\.pid)/s, 'no timer runs')
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  t.match((await lab.taskfence(['confirm'])).stdout, /^Nothing waits/)
})

t.test('one that waited for the lock meanwhile is refused too', async t => {
  const lab = await open(t)
  // flock(1) of the next run takes its time, as if another held the lock.
  const slow = `#!/bin/sh\n[ ! -e /run/tmp/slow ] || { rm /run/tmp/slow; sleep 4; }\nexec ${find('flock')} "$@"\n`
  await lab.agent('host').ask({ op: 'write', path: '/run/lab/bin/flock', text: slow, mode: 0o755 })
  await lab.must(['touch', '/run/tmp/slow'])
  const late = lab.taskfence(['apply'])
  await lab.must(['sh', '-c', 'while [ -e /run/tmp/slow ]; do sleep 0.02; done'])
  const run = await start(lab, ['apply', '--confirm-within', '60', '--only', 'imds-bridge'])
  const applied = await standing(lab)
  const { exitCode, stderr } = await late
  t.equal(exitCode, 75, stderr)
  t.match(stderr, /waits until .* to be confirmed/)
  t.equal(await standing(lab), applied, 'it wrote nothing')
  t.equal((await lab.taskfence(['confirm'])).exitCode, 0)
  t.equal(await run.over, 0)
})

t.test('what is not confirmed is taken back, and nobody writes it again unasked', async t => {
  const lab = await open(t)
  const before = await standing(lab)
  const run = await start(lab, ['apply', '--confirm-within', '3'])
  t.not(await standing(lab), before)
  t.equal(await run.over, 1)
  t.match(run.said(), /not confirmed in time/)
  t.equal(await standing(lab), before, 'byte for byte')
  const refused = await lab.taskfence(['apply'])
  t.equal(refused.exitCode, 75)
  t.match(refused.stderr, /was taken back.*`taskfence confirm` lets apply/)
  t.equal((await lab.taskfence(['confirm'])).exitCode, 1, 'too late')
  t.equal(await standing(lab), before)
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
})

t.test(
  'a policy that is changed is changed back: an exception, another one, a table of ours with a stranger',
  async t => {
    const lab = await open(t)
    const policy = (cidr: string) => `{ "imdsAllow": [{ "cidr": "${cidr}", "reason": "x" }] }\n`
    await lab.write('/etc/taskfence/policy.json', policy('172.17.0.9/32'))
    t.equal((await lab.taskfence(['apply'])).exitCode, 0)
    await lab.must('nft add rule inet taskfence forward counter accept'.split(' '))
    await lab.must('iptables -I DOCKER-USER 2 -s 10.9.0.0/16 -j RETURN'.split(' '))
    await lab.write('/etc/taskfence/policy.json', policy('172.17.0.8/32'))
    const before = await standing(lab)
    const run = await start(lab, ['apply', '--confirm-within', '3'])
    t.match(await standing(lab), /172\.17\.0\.8/)
    t.equal(await run.over, 1)
    t.equal(await standing(lab), before)
  },
)

t.test('it is taken back though the program was killed, and the daemon runs', async t => {
  const lab = await open(t)
  const before = await standing(lab)
  await startDaemon(t, lab)
  t.equal((await lab.taskfence(['revert', '--dry-run'])).exitCode, 2, 'the daemon has written')
  await lab.must(['kill', '-s', 'TERM', await daemonPid(lab)])
  t.ok(await until(async () => (await lab.exec(['stat', '/run/taskfence/daemon.holder'])).exitCode !== 0))
  t.equal((await lab.taskfence(['revert'])).exitCode, 0)
  t.equal(await standing(lab), before)

  const run = await start(lab, ['apply', '--confirm-within', '6'])
  const daemon = await startDaemon(t, lab)
  run.child.kill('SIGKILL')
  await kill(lab)
  t.ok(await until(() => isTakenBack(lab)), 'by the timer')
  await new Promise(resolve => setTimeout(resolve, 3000))
  t.equal(await standing(lab), before, 'and the daemon leaves it')
  t.equal(await daemon.end(), 0)
})

t.test('it is taken back wherever in its writing the program was killed', async t => {
  const lab = await open(t)
  const before = await standing(lab)
  for (const afterMs of [0, 20, 40, 80, 160, 320]) {
    await killedWhile(lab, 'confirm-within=3', afterMs)
    // On a busy machine it may be killed before it has set the timer, and has written nothing.
    if (!(await hasTimer(lab)))
      t.match((await lab.taskfence(['apply'])).stderr, /was taken back/, `${afterMs} ms`)
    else t.ok(await until(() => isTakenBack(lab)), `${afterMs} ms: by the timer`)
    // Killed between opening and renaming, it leaves that one file under a name that nobody reads.
    const left = await lab.must(['find', '/etc', '-name', '.taskfence-*', '-print', '-delete'])
    t.ok(left.split('\n').length <= 2, `${afterMs} ms: at most one`)
    if (left !== '') t.comment(`${afterMs} ms: left ${left.trim()}`)
    t.equal(await standing(lab), before, `${afterMs} ms`)
    t.equal((await lab.taskfence(['confirm'])).exitCode, 1)
  }
})

for (const next of ['apply', 'daemon'])
  t.test(
    `killed before the timer was set, or a timer that could take nothing back: the next ${next}`,
    async t => {
      const lab = await open(t)
      const before = await standing(lab)
      for (const [what, text] of Object.entries({ 'never set': hangs, failed: setsNothing })) {
        await lab.agent('host').ask({ op: 'write', path: '/run/lab/bin/systemd-run', text, mode: 0o755 })
        await killedWhile(lab, 'confirm-within=600', what === 'failed' ? 1500 : 0)
        t.equal((await standing(lab)) === before, what === 'never set', what)
        if (next === 'daemon') {
          const daemon = await startDaemon(t, lab)
          t.ok(await until(() => isTakenBack(lab)), what)
          t.equal(await daemon.end(), 0)
        } else t.match((await lab.taskfence(['apply'])).stderr, /was taken back/, what)
        t.equal(await standing(lab), before, `${what}: as before`)
        t.equal((await lab.taskfence(['confirm'])).exitCode, 1)
      }
    },
  )

const hasTimer = async (lab: Lab) =>
  /\.(pid|runs)$/m.test(await lab.must(['ls', '/run/tmp'])) || (await isTakenBack(lab))

/** Answers at once, and nothing comes of it. */
const setsNothing = '#!/bin/sh\n'
const hangs = '#!/bin/sh\nexec sleep 60\n'

/** The program is killed so long after it has begun to be one that waits. */
async function killedWhile(lab: Lab, within: string, afterMs: number): Promise<void> {
  const argv = lab.enter([process.execPath, taskfence, 'apply', `--${within}`])
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'ignore', env: labEnv })
  await lab.must(['sh', '-c', 'until [ -e /var/lib/taskfence/unconfirmed.json ]; do sleep 0.005; done'])
  await new Promise(resolve => setTimeout(resolve, afterMs))
  child.kill('SIGKILL')
  await kill(lab)
}

/** All that is left of it. */
const kill = (lab: Lab) =>
  lab.exec([
    'sh',
    '-c',
    'for p in /proc/[0-9]*; do grep -qs "confirm[-]within" $p/cmdline && kill -9 ${p#/proc/}; done',
  ])

for (const next of ['apply', 'daemon'])
  t.test(`a reboot takes the timer away: the next ${next} makes up for it`, async t => {
    const lab = await open(t)
    const before = await standing(lab)
    const run = await start(lab, ['apply', '--confirm-within', '60'])
    run.child.kill('SIGKILL')
    const path = '/var/lib/taskfence/unconfirmed.json'
    await lab.write(path, (await lab.must(['cat', path])).replace(/"boot": "[^"]+"/, '"boot": "another"'))
    if (next === 'apply') t.equal((await lab.taskfence(['apply'])).exitCode, 75)
    else await startDaemon(t, lab)
    t.equal(await standing(lab), before)
  })

t.test('a reboot takes the rules and their chains too: they are made again as they stood before', async t => {
  const lab = await open(t)
  const policy = '/etc/taskfence/policy.json'
  await lab.write(policy, '{ "persistence": { "failClosed": true } }\n')
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const drops = async () =>
    (await Promise.all(['iptables', 'ip6tables'].map(name => lab.must([name, '-S', 'DOCKER-USER']))))
      .join('')
      .split('\n')
      .filter(line => line.includes('taskfence-'))
  const before = await drops()
  t.equal(before.length, 2)
  await lab.write(policy, '{ "persistence": { "failClosed": false } }\n')
  const run = await start(lab, ['apply', '--confirm-within', '60'])
  run.child.kill('SIGKILL')
  const path = '/var/lib/taskfence/unconfirmed.json'
  await lab.write(path, (await lab.must(['cat', path])).replace(/"boot": "[^"]+"/, '"boot": "another"'))
  await lab.must(['nft', 'flush', 'ruleset'])
  t.equal((await lab.taskfence(['apply'])).exitCode, 75)
  t.ok(await isTakenBack(lab))
  t.same(await drops(), before)
})

t.test('where nothing is written, nothing waits', async t => {
  const lab = await open(t)
  t.equal((await lab.taskfence(['apply'])).exitCode, 0)
  const again = await lab.taskfence(['apply', '--confirm-within', '60'])
  t.equal(again.exitCode, 0, again.stderr)
  t.match(again.stderr, /nothing was written, so nothing is to be confirmed/)
  const applied = await standing(lab)
  const revert = await lab.taskfence(['revert', '--unconfirmed'])
  t.equal(revert.exitCode, 0, revert.stderr)
  t.equal(revert.stdout, 'Nothing waits to be confirmed.\n')
  t.equal(await standing(lab), applied)
})

t.test('nothing is written where nobody could take it back', async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  const before = await standing(lab)
  const refused = await lab.taskfence(['apply', '--confirm-within', '60'])
  t.equal(refused.exitCode, 69, 'no systemd')
  t.match(refused.stderr, /needs a running systemd/)
  await lab.must(['mkdir', '-p', '/run/systemd/system'])
  t.equal((await lab.taskfence(['apply', '--confirm-within', '60'])).exitCode, 3, 'no timer')
  t.equal(await standing(lab), before)
})

const daemonPid = async (lab: Lab): Promise<string> =>
  /"pid":(\d+)/.exec(await lab.must(['cat', '/run/taskfence/daemon.holder']))?.[1] ?? ''
