import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { exits } from '../../src/cli/exit.js'
import { fencePriority } from '../../src/resources/fence-table.js'
import { mayImport } from '../architecture/rules.js'
import { importsTable } from './imports-table.js'

const path = 'docs/architecture.md'
const heading = '## Who may import whom\n'
const table = /(?<=## Who may import whom\n[^|]*)\|[\s\S]*?\|\n(?!\|)/

if (process.env['GOLDEN'] === 'write')
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(table, () => `${importsTable(mayImport)}\n`),
  )

const page = readFileSync(path, 'utf8')

t.ok(page.includes(heading), 'there is a table of imports')
t.equal(
  table.exec(page)?.[0],
  `${importsTable(mayImport)}\n`,
  'it is the one the test has; `GOLDEN=write npm test -- test/docs/architecture.test.ts` makes it anew',
)
t.match(page, `One priority, ${fencePriority},`, 'the priority of the fence is told')

const codes = [...page.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code))
t.same(codes, Object.values(exits), 'every exit code has a row, in the order of src/cli/exit.ts')
