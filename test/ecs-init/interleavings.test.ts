import t, { type Test } from 'tap'
import { worldOf } from '../host/lab-world.js'
import { randomFrom } from '../host/random-rules.js'
import { compare, openConnections, type ToldReport } from '../host/reality.js'
import { installEcsInit, type EcsInit } from '../lab/ecs-init.js'
import { createLab, type Lab } from '../lab/lab.js'

// taskfence beside ecs-init, which adds without looking and takes back what it finds. Whatever comes first, and whoever
// is killed half-way: the fence has no gap, ours stands once, and ecs-init's rules are those it would have alone.

const seed = Number(process.env['TASKFENCE_SEED'] ?? 20_260_301)
const rounds = Number(process.env['TASKFENCE_INTERLEAVINGS'] ?? 6)
const metadata = { v4: 'http://169.254.169.254/', v6: 'http://[fd00:ec2::254]/' } as const
const credentials = 'http://169.254.170.2/v2/credentials/lab-task'

t.jobs = 2
t.setTimeout(600_000)

for (const [turn, backend] of (['nf_tables', 'legacy'] as const).entries())
  t.test(`${rounds} interleavings, ${backend}, seed ${seed}`, { buffered: true }, async t => {
    t.setTimeout(600_000)
    const [lab, alone] = await Promise.all([open(t, backend), open(t, backend)])
    const init = await installEcsInit(lab, { restartMs: 100 })
    t.teardown(() => {
      init.systemd.close()
    })
    const connections = await openConnections(worldOf(lab))
    t.equal((await lab.taskfence(['apply'])).exitCode, 0, 'applied')
    const asker = lab.agent('docker0')
    for (const [name, url] of Object.entries(metadata))
      await asker.ask({ op: 'storm', name, url, everyMs: 10 })

    let replayed = 0
    for (let round = 0; round < rounds; round++) {
      const happened = await interleave(randomFrom(seed + 2 * round + turn), lab, init)
      const name = `round ${round} (${happened.join(', ')})`
      const report = await settle(t, lab, name)
      const { commands, rules } = await atRest(lab, init)
      for (const command of commands.slice(replayed)) await alone.must(command.split(' '))
      replayed = commands.length
      t.same(rules, await rulesOfInit(alone), `${name}: its rules are its own affair`)
      t.same(await oursTwice(lab), [], `${name}: ours stands once`)
      if (init.ecs.state().ActiveState !== 'active') continue
      t.equal(await lab.http('docker0', credentials, { timeoutMs: 2000 }), 'answered 200', name)
      if (round % 5 !== 0) continue
      const { unknown, disagreements } = await compare(worldOf(lab), report.claims, connections)
      t.same(
        { unknown, disagreements },
        { unknown: [], disagreements: [] },
        `${name}: lines and packets agree`,
      )
    }
    for (const name of Object.keys(metadata)) {
      const { asked, connected } = await asker.ask({ op: 'calm', name })
      t.equal(connected, 0, `${name}: the metadata service answered none of ${asked}`)
      t.ok(asked > (100 * rounds) / 10, `${asked} asked`)
    }
  })

async function open(t: Test, backend: 'nf_tables' | 'legacy'): Promise<Lab> {
  const lab = await createLab({
    backend,
    docker: backend === 'legacy' ? 'docker28' : 'docker20',
    extras: ['no-agent'],
  })
  t.teardown(() => lab.dispose())
  return lab
}

/** Two who know nothing of each other. Answers what the one did; the other applied meanwhile. */
async function interleave(random: () => number, lab: Lab, init: EcsInit): Promise<readonly string[]> {
  const some = (most: number) => Math.floor(random() * most)
  const names = Object.keys(deeds)
  const chosen = Array.from({ length: 2 + some(2) }, () => names[some(names.length)] ?? '')
  const pauses = Array.from({ length: 8 }, () => some(120))
  const acts = async () => {
    for (const [turn, name] of chosen.entries()) {
      await deeds[name]?.(init, lab, pauses[turn] ?? 0)
      await pause(pauses[turn + 4] ?? 0)
    }
  }
  const applies = async () => {
    for (const wait of pauses.slice(5)) {
      await lab.taskfence(['apply'])
      await pause(wait)
    }
  }
  await Promise.all([acts(), applies()])
  await atRest(lab, init)
  return chosen
}

/** A service that was killed looks active until that is noticed, and starts again: what it did while one looked counts. */
async function atRest(lab: Lab, init: EcsInit) {
  for (;;) {
    const before = await init.commands()
    const rules = await rulesOfInit(lab)
    await pause(200)
    const commands = await init.commands()
    if (commands.length === before.length && !init.ecs.state().ActiveState.endsWith('ing'))
      return { commands, rules }
  }
}

type Deed = (init: EcsInit, lab: Lab, wait: number) => Promise<unknown>

const refused = () => undefined

const deeds: Readonly<Record<string, Deed>> = {
  start: ({ ecs }) => ecs.start().catch(refused),
  stop: ({ ecs }) => ecs.stop(),
  restart: ({ systemd }) => systemd.restart('ecs.service').catch(refused),
  'Docker restarted': ({ systemd }) => systemd.restart('docker.service').catch(refused),
  'the agent killed': ({ ecs }) => ecs.kill(),
  'killed while starting': async ({ ecs }, _, wait) => {
    await ecs.stop()
    const start = ecs.start().catch(refused)
    await pause(wait)
    await ecs.kill()
    await start
  },
  'killed while stopping': async ({ ecs }, _, wait) => {
    const stop = ecs.stop()
    await pause(wait)
    await ecs.kill()
    await stop
  },
  'stopped while Docker is dead': async ({ ecs }, lab) => {
    await lab.must('mv /run/docker.sock /run/docker.gone'.split(' '))
    await ecs.stop()
    await lab.must('mv /run/docker.gone /run/docker.sock'.split(' '))
  },
}

async function settle(t: Test, lab: Lab, name: string): Promise<ToldReport> {
  const applied = await lab.taskfence(['apply'])
  t.equal(
    applied.exitCode,
    0,
    `${name}: apply${applied.exitCode === 0 ? '' : applied.stdout + applied.stderr}`,
  )
  const { exitCode, stdout } = await lab.taskfence(['check', '--format', 'json'])
  const report = JSON.parse(stdout) as ToldReport
  const wrong = report.claims.filter(({ holds }) => holds !== true).map(({ claim }) => claim.words)
  t.same({ exitCode, wrong }, { exitCode: 0, wrong: [] }, `${name}: every claim is true`)
  return report
}

async function saved(lab: Lab): Promise<readonly string[]> {
  const texts = await Promise.all(['iptables-save', 'ip6tables-save'].map(program => lab.must([program])))
  return texts.flatMap((text, family) =>
    text.split('\n').map(line => `${family === 0 ? 'v4' : 'v6'} ${line}`),
  )
}

const ours = (line: string) => line.includes('--comment taskfence-')

const rulesOfInit = async (lab: Lab) =>
  (await saved(lab)).filter(
    line => /51678|51679|-d 127\.0\.0\.0\/8/.test(line) && / -A /.test(line) && !ours(line),
  )

async function oursTwice(lab: Lab): Promise<readonly string[]> {
  const lines = (await saved(lab)).filter(ours)
  return lines.filter((line, index) => lines.indexOf(line) !== index)
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))
