import t from 'tap'
import { createLab, type Lab } from '../lab/lab.js'
import { layouts } from './layouts.js'
import { worldOf } from './lab-world.js'
import { compare, openConnections, type Comparison, type ToldReport } from './reality.js'

// What `check` tells of every packet, beside what the packet does, on hosts as they may be found: each fifth of them,
// each with TASKFENCE_EACH=1.

// Without nft nobody can tell which native tables stand, so there "delivered" cannot be told: counted apart.
const figures = { nft: { compared: 0, unknown: 0 }, 'no nft': { compared: 0, unknown: 0 } }

t.ok(layouts.length >= 60, `${layouts.length} layouts`)
t.jobs = 6
t.setTimeout(900_000)

const each = Number(process.env['TASKFENCE_EACH'] ?? 5)
const chosen = layouts.filter((_, index) => index % each === 0)

for (const { name, lab: options, fenced, commands, repairable } of chosen)
  t.test(name, { buffered: true }, async t => {
    const lab = await createLab({ ...options, extras: [...(options.extras ?? []), 'credentials-elsewhere'] })
    t.teardown(() => lab.dispose())
    const open = await openConnections(worldOf(lab))
    if (fenced) t.equal((await apply(lab)).exitCode, 0, 'fenced')
    for (const command of commands) await lab.must(command.split(' '))

    const found = await check(lab)
    const before = await compare(worldOf(lab), found.claims, open)
    t.same(before.disagreements, [], 'told as it is')
    count(before, options.extras?.includes('no-nft') === true ? 'no nft' : 'nft')

    const applied = await apply(lab)
    if (repairable) t.equal(applied.exitCode, 0, 'apply ends with 0')
    const repaired = JSON.parse(applied.stdout) as ToldReport
    const after = await compare(worldOf(lab), repaired.claims, open)
    t.same(after.disagreements, [], 'told as it is after apply')
    count(after, options.extras?.includes('no-nft') === true ? 'no nft' : 'nft')
    if (repairable) t.same(wrong(repaired), [], 'nothing is wrong after apply')
  })

t.test('could not tell', { buffered: false }, async t => {
  for (const [where, { compared, unknown }] of Object.entries(figures))
    t.comment(`${where}: ${compared} packets compared, ${unknown} could not be told`)
  const { compared, unknown } = figures.nft
  t.ok(unknown < (compared + unknown) / 10, 'under 10 %')
})

async function check(lab: Lab): Promise<ToldReport> {
  const { stdout, stderr, exitCode } = await lab.taskfence(['check', '--format', 'json'])
  if (exitCode > 3) throw new Error(`check ended with ${exitCode}: ${stderr}`)
  return JSON.parse(stdout) as ToldReport
}

const apply = (lab: Lab) => lab.taskfence(['apply', '--format', 'json'])

function count({ compared, unknown }: Comparison, where: keyof typeof figures): void {
  figures[where].compared += compared
  figures[where].unknown += unknown.length
}

const wrong = (report: ToldReport): readonly string[] => [
  ...report.claims
    .filter(({ holds }) => holds === false)
    .map(({ claim, because }) => `${claim.words}: ${because ?? ''}`),
  ...report.outcomes
    .filter(({ status, reportOnly }) => !['in-sync', 'changed'].includes(status) && reportOnly !== true)
    .map(({ id, status }) => `${id}: ${status}`),
]
