import t from 'tap'
import { coloured, plain } from '../../src/report/paint.js'
import { factsText } from '../../src/report/facts-text.js'
import { planText } from '../../src/report/plan-text.js'
import type { Reading } from '../../src/report/reading.js'
import { proveText } from '../../src/report/prove-text.js'
import { reportText } from '../../src/report/text.js'
import { golden } from './golden.js'
import { prove } from './proofs.js'
import { reports } from './reports.js'
import { controls } from './sample.js'

const reading: Reading = { controls, paint: plain, width: 100, only: [], again: '' }

t.test('a report says in words what holds, what does not, and what to type', t => {
  for (const [name, report] of Object.entries(reports))
    golden(t, `report-${name}.txt`, reportText(report, reading))
  t.end()
})

t.test('a plan says what would be written, from what to what, and why', t => {
  for (const [name, report] of Object.entries(reports))
    golden(t, `plan-${name}.txt`, planText(report, reading))
  t.end()
})

t.test('no line is longer than the terminal, whatever is said', t => {
  for (const width of [40, 60, 80])
    for (const [name, report] of Object.entries(reports)) {
      const narrow = { ...reading, width }
      const text = [reportText(report, narrow), planText(report, narrow), proveText(prove, narrow)].join('\n')
      const facts = factsText(report.facts, plain, width)
      const long = [
        ...text.split('\n').filter(line => !isWhole(line)),
        // Columns are not broken.
        ...facts.split('\n').filter(line => !isWhole(line) && !/^(  tasks| {17}) .*\S {2,}\S/.test(line)),
      ].filter(line => line.length > width)
      t.same(long, [], `${name}, ${width} columns`)
    }
  t.end()
})

t.test('colour marks broken red and unknown yellow, and nothing else', t => {
  const { broken } = reports
  if (broken === undefined) throw new Error('no such sample')
  const text = reportText(broken, { ...reading, paint: coloured })
  const painted = text.split('\n').filter(line => line.includes('\u001b'))
  t.same(
    painted.map(line => [line.slice(0, 5), line.slice(7, 8)]),
    [
      ['\u001b[31m', '\u2716'],
      ['\u001b[33m', '?'],
      ['\u001b[31m', '\u2716'],
      ['\u001b[31m', '\u2716'],
    ],
  )
  t.equal(text.replaceAll(/\u001b\[\d+m/g, ''), reportText(broken, reading), 'the words are the same')
  t.end()
})

t.test('names and comments of others cannot move the cursor', t => {
  const escape = '\u001b[2J\u009b1A'
  const { unknown } = reports
  const odd = { ...unknown, skipped: [{ control: 'x', reason: escape }], notes: [{ text: escape }] }
  for (const text of [reportText(odd as never, reading), planText(odd as never, reading)])
    t.notMatch(text, /[\u001b\u009b]/u)
  t.end()
})

t.test('a host is not called fenced when only a part of it was asked', t => {
  for (const name of ['in-sync', 'changed'])
    t.match(
      reportText(reports[name] as never, { ...reading, only: ['route-localnet'] }),
      /\nIn place \(only route-localnet asked\): .*12 promises hold/,
      name,
    )
  t.end()
})

t.test('a suggested command repeats the policy and the controls that were asked', t => {
  const { drifted } = reports
  if (drifted === undefined) throw new Error('no such sample')
  const again = ' --policy p.json --only imds-bridge'
  t.match(
    reportText(drifted, { ...reading, again, width: 200 }),
    `\`sudo taskfence apply${again}\` repairs imds-bridge.`,
  )
  t.match(planText(drifted, { ...reading, again, width: 200 }), `\`sudo taskfence apply${again}\` writes.`)
  t.end()
})

/** One long word, or a rule to copy: neither is broken. */
function isWhole(line: string): boolean {
  return (
    /^ *(- |note: )?\S+$/.test(line) ||
    /^ *(observed: )?(ip6?tables|fence|sysctl|route|\/etc\/\S+) /.test(line)
  )
}
