// run.js [--jobs=N] [--timeout=SECONDS] [--grep=PATTERN] [FILE|FOLDER ...]: runs tests, a line a file, and closes with "N passed, N failed,
// N skipped". Each file is a program that prints TAP; a runner that watches what each loads takes half a second more for it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { inspect, parseArgs } from 'node:util'
import { Parser } from 'tap-parser'
import { asWritten, compileTests } from './compile.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '4' },
    timeout: { type: 'string', default: '300' },
    grep: { type: 'string' },
  },
})
const timeoutMs = Number(values.timeout) * 1000
const env = { ...process.env, TAP: '1', TAP_TIMEOUT: values.timeout }
if (values.grep !== undefined) env.TAP_GREP = values.grep
// No test talks to the internet, and reading certificates for it takes three times as long as starting Node.
delete env.NODE_EXTRA_CA_CERTS

const reasons = new Set()
const say = text => process.stdout.write(`${asWritten(text)}\n`)

function fail(counts, name, diagnostics) {
  counts.failed++
  say(`not ok ${name}\n${inspect(diagnostics, { depth: 6 })}`)
}

function skip(counts, name, reason) {
  counts.skipped++
  reasons.add(`${name}: ${reason}`)
}

/** Counts what closes no group: the line that does says again what the group's own lines said. */
function count(parser, file, counts) {
  let groups = 0
  // Figures that a test tells; the rest of the comments is tap's own.
  parser.on('comment', text => {
    if (!/^# (Subtest|time=|\{|failed|No tests)/.test(text)) say(text.trim())
  })
  parser.on('child', child => {
    groups++
    count(child, file, counts)
  })
  parser.on('assert', result => {
    if (groups > 0 && !result.skip) return void groups--
    const name = `${file} > ${result.fullname}`
    if (result.skip) {
      groups = Math.max(0, groups - 1)
      skip(counts, name, result.skip)
    } else if (result.ok || result.todo) counts.passed++
    else fail(counts, name, result.diag ?? {})
  })
}

async function run(compiled) {
  const file = asWritten(compiled)
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const begun = performance.now()
  const test = spawn(process.execPath, ['--enable-source-maps', compiled], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  // tap itself ends a test that takes too long, and says what it waited for.
  const clock = setTimeout(() => test.kill('SIGKILL'), timeoutMs + 10_000)
  const parser = new Parser()
  count(parser, file, counts)
  test.stdout.pipe(parser)
  const [[code, signal], [results]] = await Promise.all([once(test, 'close'), once(parser, 'complete')])
  clearTimeout(clock)
  const { skipAll, skipReason } = results.plan
  if (skipAll && skipReason !== 'no tests found') skip(counts, file, skipReason)
  const isEmpty = Object.values(counts).every(each => each === 0)
  if (counts.failed === 0 && (code !== 0 || !results.ok || isEmpty))
    fail(counts, file, { exit: code ?? signal, problems: isEmpty ? 'it asserts nothing' : results.failures })
  say(`${counts.failed > 0 ? 'NOT OK' : 'ok    '} ${file} (${Math.round(performance.now() - begun)} ms)`)
  return counts
}

const files = await compileTests(positionals)
const total = { passed: 0, failed: 0, skipped: 0 }
const worker = async () => {
  for (let next = files.shift(); next !== undefined; next = files.shift())
    for (const [what, figure] of Object.entries(await run(next))) total[what] += figure
}
await Promise.all(Array.from({ length: Number(values.jobs) }, worker))

for (const reason of reasons) say(`SKIPPED ${reason}`)
// For whoever runs it more than once and sums up.
const { TASKFENCE_TALLY: tally } = process.env
if (tally) appendFileSync(tally, `${total.passed} ${total.failed} ${total.skipped}\n`)
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 ? 0 : 1
