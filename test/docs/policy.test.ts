import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import * as z from 'zod/mini'
import { complete, defaults } from '../../src/cli/policy/defaults.js'
import { parsePolicy } from '../../src/cli/policy/parse.js'
import { controls } from '../../src/controls/index.js'
import { TaskfenceError } from '../../src/model/errors.js'
import { policySchema } from '../../src/cli/policy/schema.js'
import { readPage } from './markdown.js'
import { keysOf, keysTable, policyWith, type Schema } from './policy-keys.js'

/** One for each key that is no control; beside it what an entry of a list must have. */
const examples: Readonly<Record<string, readonly [value: unknown, beside?: object]>> = {
  $schema: ['./policy.schema.json'],
  'imdsAllow[].bridge': ['br-3f1c2a9d0e77', { reason: 'x' }],
  'imdsAllow[].cidr': ['10.3.0.0/16', { reason: 'x' }],
  'imdsAllow[].family': ['log-shipper', { reason: 'x' }],
  'imdsAllow[].reason': ['reads the instance tags, until March', { bridge: 'docker0' }],
  'persistence.failClosed': [true],
  'persistence.nftablesInclude': [true],
  onDrift: ['report'],
  'watch.schedule': ['*/5 * * * *'],
  'watch.jitterSeconds': [60],
  'watch.longestPauseMs': [250],
  'watch.contest.repairs': [10],
  'watch.contest.minutes': [5],
  'watch.contest.holdMinutes': [2],
  'audit.megabytes': [50],
  'audit.files': [10],
  'metrics.textfile': ['/var/lib/prometheus/node-exporter/taskfence.prom'],
  'metrics.socket': ['/run/taskfence/metrics.sock'],
  'metrics.port': [9101],
}
const exampleOf = (key: string) =>
  examples[key] ??
  (key.startsWith('controls.') ? [defaultOf(key) === '`"enforce"`' ? 'observe' : 'enforce'] : undefined)

const file = 'docs/policy.md'
const table = /(?<=## Keys\n[^|]*)\|[\s\S]*?\|(?=\n\n)/
const keys = keysOf(z.toJSONSchema(policySchema(controls)) as Schema)
const whole = complete({}, controls)
const rows = keys.map(({ path, meaning }) => [
  `\`${path}\``,
  defaultOf(path),
  `\`${JSON.stringify(exampleOf(path)?.[0])}\``,
  meaning.replace(/; [^;]+ when left out/, ''),
])
if (process.env['GOLDEN'] === 'write')
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(table, () => keysTable(rows)),
  )

const page = readFileSync(file, 'utf8')
const { blocks } = readPage(page)
const path = '/etc/taskfence/policy.json'

t.equal(
  table.exec(page)?.[0],
  keysTable(rows),
  'the table of keys is that of the schema; `GOLDEN=write npm test -- test/docs/policy.test.ts` makes it anew',
)
for (const key of keys) {
  const [value, beside] = exampleOf(key.path) ?? []
  t.equal(
    answerTo(JSON.stringify(policyWith(key.path, value, beside))),
    '',
    `an example of ${key.path} is a policy`,
  )
}
t.same(
  Object.keys(examples).filter(key => !keys.some(({ path }) => path === key)),
  [],
  'no example of a key that there is not',
)

/** What stands in the policy of a host without a file. */
function defaultOf(key: string): string {
  if (key === 'imdsAllow[].reason') return 'must be there'
  if (key.startsWith('imdsAllow[]')) return 'one of the three'
  const found = key
    .split('.')
    .reduce<unknown>(
      (inside, name) => (inside as Readonly<Record<string, unknown>> | undefined)?.[name],
      whole,
    )
  return found === undefined ? 'none' : `\`${JSON.stringify(found)}\``
}

for (const name of ['service', 'troubleshooting', 'persistence'])
  for (const { language, text } of readPage(readFileSync(`docs/${name}.md`, 'utf8')).blocks)
    if (language === 'json') t.equal(answerTo(text), '', `docs/${name}.md: an example is a policy`)

for (const [index, { language, text }] of blocks.entries()) {
  if (language !== 'json') continue
  const next = blocks[index + 1]
  const promised = next?.language === 'text' ? next.text : ''
  t.equal(answerTo(text), promised, promised === '' ? 'an example is a policy' : promised)
}

for (const id of controls.map(control => control.id))
  t.equal(
    parsePolicy(JSON.stringify({ controls: { [id]: 'off' } }), path, controls).controls?.[id],
    'off',
    id,
  )

t.match(page, `has mode \`${defaults.mode}\``, 'the default mode is told')

/** What the program would print; '' for a good policy. */
function answerTo(text: string): string {
  try {
    parsePolicy(text, path, controls)
    return ''
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    const end = /[.?!]$/.test(error.message) ? '' : '.'
    return `taskfence: ${error.message}${end} ${error.hint ?? ''}\n`
  }
}
