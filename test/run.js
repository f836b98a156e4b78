// Runs the tests, a line a file, and closes with "N passed, N failed, N skipped". Arguments go to tap: files, options.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { Parser } from 'tap-parser'
import { asWritten, compileTests } from './compile.js'

const counts = { passed: 0, failed: 0, skipped: 0 }
const reasons = new Set()
const say = text => process.stdout.write(`${asWritten(text)}\n`)

/** Counts what closes no group: the line that does says again what the group's own lines said. */
function count(parser) {
  let groups = 0
  // Figures that a test tells; the rest of the comments is tap's own.
  parser.on('comment', text => {
    if (!/^# (Subtest|time=|\{|failed|No tests)/.test(text)) say(text.trim())
  })
  parser.on('child', child => {
    groups++
    count(child)
  })
  parser.on('assert', result => {
    if (groups > 0 && !result.skip) return void groups--
    if (result.skip) {
      groups = Math.max(0, groups - 1)
      counts.skipped++
      reasons.add(`${result.fullname}: ${result.skip}`)
    } else if (result.ok || result.todo) counts.passed++
    else {
      counts.failed++
      say(`not ok ${result.fullname}\n${JSON.stringify(result.diag ?? {}, null, 2)}`)
    }
  })
}

const parser = new Parser()
count(parser)
parser.on('assert', ({ ok, name, time }) =>
  say(`${ok ? 'ok    ' : 'NOT OK'} ${name} (${Math.round(time ?? 0)} ms)`),
)

const options = ['tap', 'run', '--reporter=tap', ...(await compileTests(process.argv.slice(2)))]
const tap = spawn('npx', options, { stdio: ['ignore', 'pipe', 'inherit'] })
const closed = new Promise(resolve => tap.on('close', resolve))
const read = new Promise(resolve => parser.on('complete', resolve))
tap.stdout.pipe(parser)
const [code] = await Promise.all([closed, read])

for (const reason of reasons) say(`SKIPPED ${reason}`)
if (code !== 0 && counts.failed === 0) counts.failed = 1
// For who runs it more than once and sums up.
const { TASKFENCE_TALLY: tally } = process.env
if (tally) appendFileSync(tally, `${counts.passed} ${counts.failed} ${counts.skipped}\n`)
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = code === 0 ? 0 : 1
