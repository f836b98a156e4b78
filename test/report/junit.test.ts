import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { junit } from '../../src/report/junit.js'
import { plain } from '../../src/report/paint.js'
import { golden } from './golden.js'
import { hostile } from './hostile.js'
import { prove } from './proofs.js'
import { reports } from './reports.js'
import { controls } from './sample.js'

fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const reading = { controls, paint: plain, width: 100, only: [], again: '' }
const printed = Object.entries(reports).map(([name, report]) => [name, junit({ report, reading })] as const)
const folder = t.testdir()

/** What libxml2 has against a document, by our schema. */
function faults(name: string, text: string): string {
  const file = join(folder, `${name}.xml`)
  writeFileSync(file, text)
  try {
    execFileSync('xmllint', ['--noout', '--schema', 'test/report/junit.xsd', file], { stdio: 'pipe' })
    return ''
  } catch (error) {
    return String((error as { readonly stderr: Buffer }).stderr)
  }
}

t.test('every report is as the schema says', async t => {
  for (const [name, text] of printed) t.equal(faults(name, text), '', name)
  const [, broken] = printed.find(([name]) => name === 'broken') ?? []
  golden(t, 'report-broken.junit.xml', broken ?? '')
  const live = junit({ report: reports['in-sync'] as never, proven: prove, reading })
  t.equal(faults('live', live), '', 'with packets')
  t.match(live, /type="contradiction" message="rules: [^"]*; packet: a connection was made"/)
  t.not(
    faults('wrong', (broken ?? '').replace('type="broken"', 'type="sad"')),
    '',
    'and the schema can say no',
  )
})

t.test('the counts are those of the cases', async t => {
  for (const [name, text] of printed) {
    const count = (tag: RegExp) => [...text.matchAll(tag)].length
    const [, tests, failures, errors] =
      /<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)"/.exec(text) ?? []
    t.same(
      [tests, failures, errors].map(Number),
      [count(/<testcase /g), count(/<failure /g), count(/<error /g)],
      name,
    )
    t.equal(
      [...text.matchAll(/ skipped="(\d+)"/g)].reduce((sum, [, number]) => sum + Number(number), 0),
      count(/<skipped>/g),
      `${name}: skipped`,
    )
  }
})

t.test('a suite is green only where the verdict is', async t => {
  for (const [name, text] of printed) {
    const { verdict } = reports[name] as { readonly verdict: string }
    const isGreen = !/<(failure|error) /.test(text)
    t.equal(isGreen, ['in-sync', 'changed'].includes(verdict), `${name}: ${verdict}`)
  }
})

t.test('names and reasons of others stay text', async t => {
  t.equal(
    faults('hostile', junit({ report: hostile('</failure><!--"\'&]]>\u0000\u001b\uD800\uFFFF'), reading })),
    '',
  )
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      text =>
        !/<(?!\/?(testsuites?|testcase|failure|error|skipped|system-out|\?xml)\b)/.test(
          junit({ report: hostile(text), reading }),
        ),
    ),
  )
})
