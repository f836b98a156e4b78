// What the daemon takes and how soon it repairs, on throw-away hosts. TRIALS, SECONDS, IDLE_SECONDS: how many, how long.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { createLab, labEnv, type Lab } from '../test/lab/lab.js'
import type { LabOptions } from '../test/lab/options.js'
import type { DaemonStatus } from '../src/model/status.js'
import { figure, median, ms, percentile, table, type Figure } from './statistics.js'

const trials = Number(process.env['TRIALS'] ?? 20)
const seconds = Number(process.env['SECONDS'] ?? 20)
/** Several looks that nobody asked for: what one of them costs, shorter times would tell as much more or less. */
const idleSeconds = Number(process.env['IDLE_SECONDS'] ?? 300)
const node = process.execPath
const cli = resolve('dist/taskfence.js')
const key = '/proc/sys/net/ipv4/conf/all/route_localnet'
const drop = ['-d', '169.254.169.254/32', '-i', 'docker+', '-m', 'comment']
const rule = ['DOCKER-USER', ...drop, '--comment', 'taskfence-imds-bridge', '-j', 'DROP']
/** Longer than the looks after a repair: each trial is the first of a burst, as a drift in life is. */
const apartMs = 2000

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

function spawnIn(on: Lab, argv: readonly string[]) {
  const [file = '', ...args] = on.enter(argv)
  return spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env: labEnv })
}

/** A host with a daemon in peace with it; contests are not what is measured. */
async function withDaemon<T>(options: LabOptions, act: (lab: Lab, pid: string) => Promise<T>): Promise<T> {
  const lab = await createLab(options)
  try {
    const contest = { repairs: 1000, minutes: 1 }
    await lab.write('/etc/taskfence/policy.json', JSON.stringify({ watch: { contest } }))
    await lab.must([node, cli, 'apply'])
    spawnIn(lab, [node, cli, 'watch', '--log-level', 'error'])
    await until(async () => (await statusOf(lab)) !== null)
    await wait(3000)
    return await act(lab, String((await statusOf(lab))?.pid))
  } finally {
    await lab.dispose()
  }
}

async function statusOf(lab: Lab): Promise<DaemonStatus | null> {
  const { stdout } = await lab.exec(['cat', '/run/taskfence/status.json'])
  return stdout === '' ? null : (JSON.parse(stdout) as DaemonStatus)
}

async function until(holds: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('the daemon did not answer')
    await wait(50)
  }
}

/** Times from the event of the delete to the event of the rule that is back, as nft monitor tells both. */
async function deleted(lab: Lab): Promise<readonly number[]> {
  const monitor = spawnIn(lab, ['nft', 'monitor', 'rules'])
  const times: number[] = []
  let gone = 0
  createInterface({ input: monitor.stdout }).on('line', line => {
    if (/^delete rule ip filter DOCKER-USER/.test(line)) gone = performance.now()
    else if (/^(add|insert) rule ip filter DOCKER-USER/.test(line) && gone > 0) {
      times.push(performance.now() - gone)
      gone = 0
    }
  })
  await wait(1000)
  for (let trial = 0; trial < trials; trial += 1) {
    await lab.must(['iptables', '-D', ...rule])
    await wait(apartMs)
  }
  monitor.kill()
  return times
}

/** Where no event tells: asks until it is back. */
async function deletedLegacy(lab: Lab): Promise<readonly number[]> {
  const times: number[] = []
  for (let trial = 0; trial < trials; trial += 1) {
    await lab.must(['iptables', '-D', ...rule])
    const gone = performance.now()
    await until(async () => (await lab.exec(['iptables', '-w', '-C', ...rule])).exitCode === 0)
    times.push(performance.now() - gone)
    await wait(apartMs)
  }
  return times
}

async function flipped(lab: Lab): Promise<readonly number[]> {
  const program = `const { readFileSync, writeFileSync } = require('node:fs')
    writeFileSync('${key}', '0')
    const begun = performance.now()
    while (readFileSync('${key}', 'utf8')[0] === '0');
    process.stdout.write(String(performance.now() - begun))`
  const times: number[] = []
  for (let trial = 0; trial < trials; trial += 1) {
    times.push(Number(await lab.must([node, '-e', program])))
    await wait(apartMs)
  }
  return times
}

async function crowded(lab: Lab, count: number): Promise<void> {
  const rules = Array.from(
    { length: count },
    (_, n) => `add rule ip crowd crowd ip saddr 100.64.${n >> 8}.${n & 255} udp dport 9 return`,
  )
  await lab.must(['nft', '-f', '-'], {
    input: `add table ip crowd\nadd chain ip crowd crowd\nflush chain ip crowd crowd\n${rules.join('\n')}\n`,
  })
}

const spread = (what: string, times: readonly number[], middle: number, high?: number): readonly Figure[] => [
  figure(
    `${what}: median, ms`,
    `${times.length} trials, from ${ms(Math.min(...times))} to ${ms(Math.max(...times))}`,
    median(times),
    '≤',
    middle,
  ),
  ...(high === undefined ? [] : [figure(`${what}: p99, ms`, '', percentile(times, 0.99), '≤', high)]),
]

/** Of the daemon and the children it has waited for, in seconds. */
async function cpu(lab: Lab, pid: string): Promise<number> {
  const fields = (await lab.must(['cat', `/proc/${pid}/stat`])).replace(/^.*\) /s, '').split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return ticks / 100
}

const rss = async (lab: Lab, pid: string): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await lab.must(['cat', `/proc/${pid}/status`]))?.[1])

async function answers(lab: Lab): Promise<Figure> {
  const agent = lab.agent('docker0')
  const url = 'http://169.254.169.254/latest/meta-data/instance-id'
  await agent.ask({ op: 'storm', name: 'metadata', url, everyMs: 2 })
  const script = `left=${seconds * 10}; while [ $left -gt 0 ]; do iptables -F; iptables -t nat -F; [ $((left % 5)) != 0 ] || nft flush ruleset; sleep 0.1; left=$((left-1)); done`
  await lab.must(['sh', '-c', script], { timeoutMs: seconds * 10_000 })
  const { asked, answered } = await agent.ask({ op: 'calm', name: 'metadata' })
  return figure(
    'answers to a container while all rules are flushed every 100 ms',
    `${asked} requests in ${seconds} s`,
    answered,
    '≤',
    0,
  )
}

async function storm(lab: Lab, pid: string): Promise<readonly Figure[]> {
  const before = await statusOf(lab)
  const memory = await rss(lab, pid)
  const begun = performance.now()
  for (let part = 0; part < 40; part += 1) {
    if (part === 20) await lab.must(['iptables', '-D', ...rule])
    await crowded(lab, 1000)
  }
  const took = performance.now() - begun
  await wait(6000)
  const after = await statusOf(lab)
  const back = (await lab.exec(['iptables', '-C', ...rule])).exitCode
  return [
    figure(
      '40,000 rules of others made: looks',
      `${ms(took)}; the five after our own repair among them`,
      (after?.looks ?? Infinity) - (before?.looks ?? 0),
      '≤',
      20,
    ),
    figure('a rule of ours deleted amid them is missed', '', back, '≤', 0),
    figure('memory after it / before', '', (await rss(lab, pid)) / memory, '≤', 1.2),
  ]
}

/** A look that SIGHUP asks for, as the daemon times it itself. */
async function lookMs(lab: Lab, pid: string): Promise<number> {
  const times: number[] = []
  for (let trial = 0; trial < trials; trial += 1) {
    const { looks = 0 } = (await statusOf(lab)) ?? {}
    await lab.must(['kill', '-HUP', pid])
    await until(async () => ((await statusOf(lab))?.looks ?? 0) > looks)
    times.push((await statusOf(lab))?.lastLook.ms ?? Number.NaN)
    await wait(1100)
  }
  return median(times)
}

const figures: Figure[] = []
await withDaemon({}, async (lab, pid) => {
  const bare = spawnIn(lab, [
    node,
    '-e',
    'process.stdout.write(String(process.pid)); setInterval(() => {}, 1e9)',
  ])
  const barePid = await new Promise<string>(resolve =>
    bare.stdout.once('data', (text: Buffer) => {
      resolve(text.toString())
    }),
  )
  await wait(5000)
  const [ours, theirs] = [await rss(lab, pid), await rss(lab, barePid)]
  const mib = (kib: number) => `${(kib / 1024).toFixed(0)} MiB`
  figures.push(
    figure(
      'memory of the idle daemon / an idle node',
      `${mib(ours)} / ${mib(theirs)}`,
      ours / theirs,
      '≤',
      1.6,
    ),
  )
  bare.kill()
  const used = await cpu(lab, pid)
  await wait(idleSeconds * 1000)
  figures.push(
    figure(
      'processor of the idle daemon, % of one',
      `${idleSeconds} s`,
      ((await cpu(lab, pid)) - used) / idleSeconds / 0.01,
      '≤',
      0.1,
    ),
  )
  figures.push(...spread('rule deleted → back', await deleted(lab), 60, 250))
  figures.push(...spread('kernel setting flipped → back', await flipped(lab), 40))
  const alone = await lookMs(lab, pid)
  await crowded(lab, 1000)
  await wait(3000)
  figures.push(...spread('rule deleted → back, beside 1,000 rules of others', await deleted(lab), 60, 250))
  await crowded(lab, 10_000)
  await wait(3000)
  const crowd = await lookMs(lab, pid)
  figures.push(
    figure(
      'a look beside 10,000 rules of others / alone',
      `${ms(crowd)} / ${ms(alone)}`,
      crowd / alone,
      '≤',
      2,
    ),
  )
})
await withDaemon({}, async (lab, pid) => {
  figures.push(...(await storm(lab, pid)), await answers(lab))
})
await withDaemon({ backend: 'legacy' }, async lab => {
  figures.push(...spread('rule of legacy iptables deleted → back', await deletedLegacy(lab), 1000))
})
process.stdout.write(`${table(figures)}\n`)
process.exit(figures.every(({ met }) => met) ? 0 : 1)
