import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'

// README.ja.md is README.md in Japanese: the same blocks, links, tables and headings, in the same order.

const block = /^( *```\w*\n)([\s\S]*?)(^ *```$)/gm
const read = (path: string): string => readFileSync(path, 'utf8')
const blocksOf = (text: string): readonly string[] => [...text.matchAll(block)].map(([all]) => all)

if (process.env['GOLDEN'] === 'write') {
  const blocks = blocksOf(read('README.md'))
  let turn = 0
  writeFileSync(
    'README.ja.md',
    read('README.ja.md').replace(block, all => blocks[turn++] ?? all),
  )
}

const [english, japanese] = [read('README.md'), read('README.ja.md')]
const prose = (text: string): string => text.replace(block, '')

t.same(
  blocksOf(japanese),
  blocksOf(english),
  'the same commands and screens; `GOLDEN=write npx tap test/docs/japanese.test.ts` copies them',
)
for (const [what, pattern] of [
  ['headings', /^#+(?= )/gm],
  ['links', /(?<=\]\()(?!README)[^)]+/g],
  ['commands in tables', /^\| `[^`]+`/gm],
  ['packets', /\| [^|]* → [\d.:a-f]+ /g],
  ['exit codes', /^\| \d+ /gm],
] as const)
  t.same(prose(japanese).match(pattern), prose(english).match(pattern), what)
for (const [what, pattern] of [
  ['rows of tables', /^\|/gm],
  ['items of lists', /^- /gm],
] as const)
  t.equal(prose(japanese).match(pattern)?.length, prose(english).match(pattern)?.length, what)
t.match(japanese, /[ぁ-ん]/, 'in Japanese')
