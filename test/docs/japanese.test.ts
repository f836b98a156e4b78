import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { blocksOf, inStep, proseOf } from './translation.js'

// README.ja.md is README.md in Japanese: the same blocks, links, tables and headings, in the same order.

const read = (path: string): string => readFileSync(path, 'utf8')

if (process.env['GOLDEN'] === 'write')
  writeFileSync('README.ja.md', inStep(read('README.ja.md'), read('README.md')))

const [english, japanese] = [read('README.md'), read('README.ja.md')]
t.same(
  blocksOf(japanese),
  blocksOf(english),
  'the same commands and screens; `GOLDEN=write npm test -- test/docs/japanese.test.ts` copies them',
)
for (const [what, pattern] of [
  ['headings', /^#+(?= )/gm],
  ['links', /(?<=\]\()(?!README)[^)]+/g],
  ['commands in tables', /^\| `[^`]+`/gm],
  ['packets', /\| [^|]* → [\d.:a-f]+ /g],
  ['exit codes', /^\| \d+ /gm],
] as const)
  t.same(proseOf(japanese).match(pattern), proseOf(english).match(pattern), what)
for (const [what, pattern] of [
  ['rows of tables', /^\|/gm],
  ['items of lists', /^- /gm],
] as const)
  t.equal(proseOf(japanese).match(pattern)?.length, proseOf(english).match(pattern)?.length, what)
t.match(japanese, /[ぁ-ん]/, 'in Japanese')
