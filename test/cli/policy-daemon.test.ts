import t from 'tap'
import { defaults } from '../../src/cli/policy/defaults.js'
import { taskfence } from './fakes.js'

const files = (policy: object) => ({ '/etc/taskfence/policy.json': JSON.stringify(policy) })
const nested = (key: string, value: unknown) =>
  key.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object

/** What the daemon takes, each with its least and its most. */
const numbers = [
  ['watch.jitterSeconds', 0, 3600],
  ['watch.longestPauseMs', 10, 60_000],
  ['watch.contest.repairs', 1, 1000],
  ['watch.contest.minutes', 1, 1440],
  ['watch.contest.holdMinutes', 1, 1440],
  ['audit.megabytes', 1, 1024],
  ['audit.files', 1, 100],
  ['metrics.port', 1, 65_535],
] as const

t.test('figures of the daemon: from the least to the most, and nothing else', async t => {
  const all = ['watch', 'audit'].flatMap(name => namesIn(name, defaults[name as 'watch' | 'audit']))
  t.same(
    all.filter(key => key !== 'watch.schedule'),
    numbers.flatMap(([key]) => (key === 'metrics.port' ? [] : [key])),
    'each key that has a default stands here',
  )
  for (const [key, least, most] of numbers) {
    for (const value of [least, most]) {
      const { asked } = await taskfence(['check'], { files: files(nested(key, value)) })
      t.match(asked[0]?.policy, nested(key, value), `${key}: ${value}`)
    }
    for (const value of [least - 1, most + 1, least + 0.5, String(most), null, true, [most]]) {
      const { exit, stderr, asked } = await taskfence(['apply'], { files: files(nested(key, value)) })
      t.ok(stderr.includes(`${key}: expected `), `${key}: ${JSON.stringify(value)}: ${stderr}`)
      t.same({ exit, asked }, { exit: 78, asked: [] })
    }
  }
})

t.test('schedules as cron takes them, and nothing else', async t => {
  for (const schedule of ['* * * * *', '*/30 * * * * *', '0 4 * * sun']) {
    const { asked } = await taskfence(['check'], { files: files({ watch: { schedule } }) })
    t.match(asked[0]?.policy, { watch: { schedule } }, schedule)
  }
  for (const schedule of ['', '* * * *', '61 * * * *', '@often', 60, null]) {
    const { exit, stderr } = await taskfence(['apply'], { files: files({ watch: { schedule } }) })
    t.match(stderr, /watch\.schedule: expected a/, JSON.stringify(schedule))
    t.equal(exit, 78)
  }
})

function namesIn(name: string, value: object): readonly string[] {
  return Object.entries(value).flatMap(([key, inner]: readonly [string, unknown]) =>
    typeof inner === 'object' && inner !== null ? namesIn(`${name}.${key}`, inner) : [`${name}.${key}`],
  )
}
