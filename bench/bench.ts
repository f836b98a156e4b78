// Figures as ratios of medians, both sides measured in turn on the same throw-away host.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { createLab, labEnv, type Lab } from '../test/lab/lab.js'
import { figure, median, ms, table, type Figure } from './statistics.js'

const runs = Number(process.env['RUNS'] ?? 25)
const node = process.execPath
const script = [node, resolve('dist/taskfence.js')]
/** As it is installed. Where there is no executable its figures are of the script. */
const taskfence = existsSync('dist/taskfence') ? [resolve('dist/taskfence')] : script

async function startUp(on: Lab): Promise<readonly Figure[]> {
  const check = [...taskfence, 'check']
  const bare = [node, '-e', '0']
  // The figure that is nearest to its bound, and a busy machine's medians of a few runs differ by a twentieth.
  const [ours, theirs] = inTurn(on, check, bare, 3 * runs)
  const memory = [await peak(on, check), await peak(on, bare)] as const
  const [asScript, beside] = inTurn(on, [...script, 'check'], bare)
  process.stdout.write(
    `measured: ${taskfence.join(' ')} (as a script it checks in ${(asScript / beside).toFixed(2)} x \`node -e 0\`)\n`,
  )
  return [
    figure(
      'taskfence check on an in-sync host / node -e 0',
      `${ms(ours)} / ${ms(theirs)}`,
      ours / theirs,
      '≤',
      2.5,
    ),
    figure(
      'peak memory of taskfence check / node -e 0',
      `${(memory[0] / 1024).toFixed(0)} MiB / ${(memory[1] / 1024).toFixed(0)} MiB`,
      memory[0] / memory[1],
      '≤',
      1.5,
    ),
  ]
}

/** A B A B …, one warm-up of each not counted; medians. */
function inTurn(
  on: Lab,
  a: readonly string[],
  b: readonly string[],
  count = runs,
): readonly [number, number] {
  const times: [number[], number[]] = [[], []]
  for (let run = 0; run <= count; run++) {
    for (const [side, argv] of [a, b].entries()) {
      const took = time(on, argv)
      if (run > 0) times[side]?.push(took)
    }
  }
  return [median(times[0]), median(times[1])]
}

function time(on: Lab, argv: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  const [file = '', ...args] = on.enter(argv, 'host', env)
  const start = process.hrtime.bigint()
  const done = spawnSync(file, args, { stdio: 'pipe', encoding: 'utf8', env: { ...labEnv, ...env } })
  const took = Number(process.hrtime.bigint() - start) / 1e6
  if (done.status !== 0)
    throw new Error(`${argv.join(' ')}: exit ${done.status}\n${done.stdout}${done.stderr}`)
  return took
}

/** KiB, the median of the processes' own accounts. */
async function peak(on: Lab, argv: readonly string[]): Promise<number> {
  await on.write('/run/tmp/peak.cjs', peakHook)
  await on.write('/run/tmp/peak.txt', '')
  for (let run = 0; run < runs; run++) time(on, argv, { NODE_OPTIONS: '--require=/run/tmp/peak.cjs' })
  return median((await on.must(['cat', '/run/tmp/peak.txt'])).trim().split('\n').map(Number))
}

const peakHook = `process.on('exit', () =>
  require('node:fs').appendFileSync('/run/tmp/peak.txt', process.resourceUsage().maxRSS + '\\n'))`

async function looks(on: Lab): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [crowd, count] of [
    ['none', 0],
    ['a chain of their own', 1000],
    ['a chain of their own', 20_000],
    ['INPUT', 20_000],
  ] as const) {
    await crowdIn(on, crowd, count)
    const { look, cheapest } = await usual(on, count < 20_000 ? 5 : 1)
    const where = count === 0 ? 'no other rules' : `${count} rules of others in ${crowd}`
    figures.push(
      figure(
        `a look / the cheapest reads, ${where}`,
        `${ms(look)} / ${ms(cheapest)}`,
        look / cheapest,
        '≤',
        1.5,
      ),
    )
  }
  return figures
}

/** Milliseconds. */
interface Times {
  readonly look: number
  readonly cheapest: number
}

/** One process differs from the next by a twentieth, however often it looks: the one in the middle. */
async function usual(on: Lab, processes: number): Promise<Times> {
  const told: Times[] = []
  while (told.length < processes) {
    const answer = await on.must([node, resolve('dist/dev/look.js'), String(runs)], { timeoutMs: 180_000 })
    const { look, ...reads } = JSON.parse(answer) as { look: number } & Record<string, number>
    told.push({ look, cheapest: Math.min(...Object.values(reads)) })
  }
  const [middle] = told.sort((a, b) => a.look / a.cheapest - b.look / b.cheapest).slice(told.length >> 1)
  if (middle === undefined) throw new Error('no process was asked to look')
  return middle
}

async function crowdIn(on: Lab, where: string, count: number): Promise<void> {
  if (count === 0) return
  const chain = where === 'INPUT' ? 'INPUT' : 'CROWD'
  const rules = Array.from(
    { length: count },
    (_, n) =>
      `-A ${chain} -s 100.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}/32 -p udp -m udp --dport 9 -j RETURN`,
  )
  // A declared user chain is flushed by --noflush: each crowd replaces the one before.
  const input = ['*filter', ':CROWD - [0:0]', ...rules, 'COMMIT', ''].join('\n')
  await on.must(['iptables-restore', '--noflush'], { input })
}

async function ansible(on: Lab): Promise<readonly Figure[]> {
  if (spawnSync('ansible-playbook', ['--version']).status !== 0) {
    process.stdout.write('NOT MEASURED  ansible-core is not installed\n')
    return []
  }
  const playbook = '/run/tmp/rules.yml'
  await on.write(playbook, rulesOfAnsible)
  const [theirs, ours] = inTurn(
    on,
    [
      'env',
      `PATH=${labEnv.PATH}:/usr/bin:/bin`,
      'HOME=/run/tmp',
      'ANSIBLE_REMOTE_TMP=/run/tmp/remote',
      'ANSIBLE_LOCAL_TEMP=/run/tmp/local',
      'LC_ALL=C.UTF-8',
      'ansible-playbook',
      '-i',
      'localhost,',
      '-c',
      'local',
      '--check',
      playbook,
    ],
    [...taskfence, 'check'],
    Math.max(10, Math.floor(runs / 1.5)),
  )
  return [
    figure(
      'three rules by ansible-core / taskfence check',
      `${ms(theirs)} / ${ms(ours)}`,
      theirs / ours,
      '≥',
      8,
    ),
  ]
}

const rulesOfAnsible = `
- hosts: all
  gather_facts: false
  tasks:
    - iptables: { table: nat, chain: PREROUTING, protocol: tcp, destination: 169.254.170.2, destination_port: "80", jump: DNAT, to_destination: "127.0.0.1:51679" }
    - iptables: { table: nat, chain: OUTPUT, protocol: tcp, destination: 169.254.170.2, destination_port: "80", jump: REDIRECT, to_ports: "51679" }
    - iptables: { chain: DOCKER-USER, action: insert, in_interface: docker+, destination: 169.254.169.254/32, jump: DROP }
`

const lab = await createLab()
try {
  await lab.must([...taskfence, 'apply'])
  // The looks leave 20,000 rules of others behind.
  const figures = [...(await startUp(lab)), ...(await ansible(lab)), ...(await looks(lab))]
  process.stdout.write(`${table(figures)}\n`)
  process.exitCode = figures.every(({ met }) => met) ? 0 : 1
} finally {
  await lab.dispose()
}
