// Runs the tests and closes with "N passed, N failed, N skipped". Arguments go to tap: file names, --grep.
import { spawn } from 'node:child_process'
import { createReadStream, mkdirSync } from 'node:fs'
import { Parser } from 'tap-parser'

const record = '.tap/record.tap'
mkdirSync('.tap', { recursive: true })
const code = await new Promise(resolve => {
  const options = ['tap', 'run', '--reporter=terse', `--output-file=${record}`, ...process.argv.slice(2)]
  spawn('npx', options, { stdio: ['ignore', 'inherit', 'inherit'] }).on('close', resolve)
})

const counts = { passed: 0, failed: 0, skipped: 0 }
const reasons = new Set()
const count = parser => {
  let children = 0
  parser.on('child', child => {
    children++
    count(child)
  })
  parser.on('assert', result => {
    // The line that closes a group says again what its own lines said, unless the group was skipped whole.
    if (children > 0) return void children--
    if (result.skip) {
      counts.skipped++
      reasons.add(`${result.name}: ${result.skip}`)
    } else if (result.ok || result.todo) counts.passed++
    else counts.failed++
  })
}
const parser = new Parser()
count(parser)
await new Promise(resolve => createReadStream(record).pipe(parser).on('close', resolve).on('finish', resolve))

for (const reason of reasons) process.stdout.write(`SKIPPED ${reason}\n`)
if (code !== 0 && counts.failed === 0) counts.failed = 1
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
process.exitCode = code === 0 ? 0 : 1
