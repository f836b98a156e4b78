import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'
import { repairBuckets, type DaemonStatus, type Tally } from '../../../src/model/status.js'
import { daemonMetrics } from '../../../src/report/daemon-metrics.js'
import { createLab, type Lab } from '../../lab/lab.js'
import { lookUp, missingTools } from '../../lab/tools.js'
import { report } from '../../report/sample.js'

const folder = 'packaging/fleet/prometheus'
const rules = readFileSync(`${folder}/taskfence.rules.yml`, 'utf8')
const tests = readFileSync(`${folder}/taskfence.rules.test.yml`, 'utf8')
const missing = (names: readonly string[]) =>
  names
    .filter(name => lookUp(name) === undefined)
    .map(name => `${name} is not installed`)
    .join(', ')

/** Of a daemon that has just begun. */
const drifts = { repaired: 0, failed: 0, reported: 0, held: 0 }
const tally: Tally = {
  ...{ looks: 0, failedLooks: 0, lookMs: 0, lookedAt: null, protectedSince: null, lastSuccess: null, drifts },
  repairs: { count: 0, seconds: 0, buckets: repairBuckets.map(() => 0) },
  opponents: new Map(),
}
const status = { contested: [], triggers: [], since: '2026-01-01T00:00:00Z' } as unknown as DaemonStatus
const written = [...daemonMetrics(report({}), status, tally).matchAll(/^# TYPE (\w+)/gm)].map(
  ([, name = '']) => name,
)

t.test('a rule names no metric that nobody writes', async t => {
  for (const expression of rules.matchAll(/^ +expr: (?:\|\n((?: {10}.*\n)+)|(.*))/gm))
    for (const [name] of expression[0].matchAll(/(?<![\w:])taskfence_\w+/g))
      t.ok(written.includes(name), name)
})

t.test('promtool', { skip: missing(['promtool']) }, async t => {
  const promtool = (...args: readonly string[]) =>
    spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' })
  t.match(promtool('check', 'rules', 'taskfence.rules.yml'), { status: 0 }, 'takes the rules')
  t.match(
    promtool('test', 'rules', 'taskfence.rules.test.yml'),
    { status: 0 },
    'sees each alert fire and not fire',
  )
  for (const [, name = ''] of rules.matchAll(/alert: (\w+)/g)) {
    const cases = [
      ...tests.matchAll(new RegExp(`alertname: ${name}\\b[^]*?(exp_alerts: \\[\\]|exp_labels)`, 'g')),
    ]
    t.same([...new Set(cases.map(([, what]) => what))].sort(), ['exp_alerts: []', 'exp_labels'], name)
  }
  const [, scrape = ''] = /```yaml\n([^]*?)```/.exec(readFileSync('docs/fleets.md', 'utf8')) ?? []
  const quoted = t.testdir({ 'scrape.yml': scrape })
  t.match(
    promtool('check', 'config', `${quoted}/scrape.yml`),
    { status: 0 },
    'takes what docs/fleets.md shows',
  )
  const dropped = new RegExp(`^(?:${/regex: (.*)/.exec(scrape)?.[1] ?? ''})$`)
  t.same(
    written.filter(name => !dropped.test(name)),
    ['verdict', 'last_look_timestamp_seconds', 'contested_entries'].map(name => `taskfence_${name}`),
    'which keeps three metrics',
  )
  const spoilt = t.testdir({
    'taskfence.rules.yml': rules.replace('> 900', '> 9000'),
    'taskfence.rules.test.yml': tests,
  })
  t.not(
    spawnSync('promtool', ['test', 'rules', 'taskfence.rules.test.yml'], { cwd: spoilt }).status,
    0,
    'and can say no',
  )
})

const servers = ['prometheus', 'prometheus-node-exporter']

t.test(
  "Prometheus and node_exporter, from the daemon's file",
  { skip: missing(servers) || missingTools().join(', ') },
  async t => {
    const lab = await createLab()
    t.teardown(() => lab.dispose())
    await lab.write('/run/prometheus/prometheus.yml', configuration)
    await lab.write('/run/textfile/README', '')
    await lab.write('/etc/taskfence/policy.json', JSON.stringify(policy))
    start(lab, 'prometheus-node-exporter', [
      '--collector.disable-defaults',
      '--collector.textfile',
      '--collector.textfile.directory=/run/textfile',
      '--web.listen-address=127.0.0.1:9100',
    ])
    start(lab, 'prometheus', [
      '--config.file=/run/prometheus/prometheus.yml',
      '--storage.tsdb.path=/run/prometheus/data',
      '--web.listen-address=127.0.0.1:9090',
    ])
    start(lab, process.execPath, [resolve('dist/taskfence.js'), 'watch'])
    const alert = 'ALERTS{alertname="TaskfenceHostNotFenced"}'
    t.equal(await answer(lab, alert, 1), 1, 'a host that is not fenced: the alert waits its two minutes')
    t.equal(await answer(lab, 'instance:taskfence_fenced:max', 0), 0)
    t.equal(await answer(lab, 'node_textfile_scrape_error', 0), 0, 'node_exporter understood the file')
    t.equal(await answer(lab, 'taskfence_contested_entries', 0), 0, 'nobody fights')

    t.match(await lab.taskfence(['apply']), { exitCode: 0 })
    t.equal(await answer(lab, 'instance:taskfence_fenced:max', 1), 1, 'fenced, as the daemon saw by itself')
    t.equal(await answer(lab, alert, undefined), undefined, 'and the alert is gone')
    t.equal(await answer(lab, 'job_verdict:taskfence_hosts:count{verdict="in-sync"}', 1), 1, 'counted')
    await figures(t, lab)
  },
)

/** What docs/fleets.md reckons with for 100,000 hosts. */
async function figures(t: Test, lab: Lab): Promise<void> {
  const page = readFileSync('docs/fleets.md', 'utf8').replace(/\s+/g, ' ')
  const series = (text: string) => text.split('\n').filter(line => line.startsWith('taskfence')).length
  const kB = (text: string) => (text.length / 1000).toFixed(1)
  const daemon = series(await lab.must(['cat', '/run/textfile/taskfence.prom']))
  const { stdout: report } = await lab.taskfence(['check', '--format', 'prometheus'])
  const node = ['--instance-id', 'i-0123456789abcdef0']
  const { stdout: items } = await lab.taskfence(['check', '--format', 'ssm-compliance', ...node])
  for (const words of [
    `A report has ${series(report)} series and ${kB(report)} kB of text, a daemon's ${daemon}.`,
    `Compliance items are ${kB(items)} kB.`,
    `| ${daemon} | ${(daemon / 10).toFixed(1)} million: not one server |`,
  ])
    t.ok(page.includes(words), words)
}

/** A daemon that repairs nothing, so that the host stays open until somebody applies. */
const policy = { onDrift: 'report', metrics: { textfile: '/run/textfile/taskfence.prom' } }

const configuration = `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${resolve(folder)}/taskfence.rules.yml]
scrape_configs: [{ job_name: node, static_configs: [{ targets: ['127.0.0.1:9100'] }] }]
`

/** It ends with the lab. */
function start(lab: Lab, name: string, args: readonly string[]): void {
  const [file = '', ...rest] = lab.enter([lookUp(name) ?? name, ...args])
  spawn(file, rest, { stdio: 'ignore' }).unref()
}

/** The value of one sample once it is what is waited for, at the latest after 60 s; undefined: there is none. */
async function answer(lab: Lab, query: string, wanted: number | undefined): Promise<number | undefined> {
  const url = `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(query)}`
  let found: number | undefined
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    await sleep(250)
    const { status, body } = await lab.request('host', url)
    if (status !== 200) continue
    const [first] = (JSON.parse(body ?? '') as Answer).data.result
    found = first === undefined ? undefined : Number(first.value[1])
    if (found === wanted) return found
  }
  return found
}

interface Answer {
  readonly data: { readonly result: readonly { readonly value: readonly [at: number, value: string] }[] }
}
