// coverage.js [what run.js takes]: runs tests, and tells which lines of src none of them ran, in this process or in a lab.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

// The one folder that a lab may write to and that outlives it.
const folder = mkdtempSync('/dev/shm/taskfence-')
const compiled = resolve('.tap/compiled')
const tests = spawnSync(process.execPath, ['test/run.js', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: {
    ...process.env,
    NODE_V8_COVERAGE: folder,
    // In the built program nothing tells where its lines come from.
    TASKFENCE_PROGRAM: `${compiled}/src/cli/main.js`,
  },
})

/** Which characters of each compiled file ran, in any process. */
const ran = new Map()
for (const name of readdirSync(folder))
  for (const { url, functions } of JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')).result)
    if (url.startsWith(`file://${compiled}/`)) add(fileURLToPath(url), functions)
rmSync(folder, { recursive: true })

function add(path, functions) {
  const length = ran.get(path)?.length ?? readFileSync(path, 'utf8').length
  const own = new Uint8Array(length)
  // A range inside another one is about less, and counts.
  const ranges = functions.flatMap(each => each.ranges)
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  for (const { count, startOffset, endOffset } of ranges) own.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  const all = ran.get(path) ?? own
  ran.set(
    path,
    all.map((before, index) => before | own[index]),
  )
}

/** A line ran when a part of it did. */
const lines = new Map()
for (const [path, characters] of ran) if (existsSync(`${path}.map`)) trace(path, characters)

function trace(path, characters) {
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
  let offset = 0
  for (const [line, text] of readFileSync(path, 'utf8').split('\n').entries()) {
    for (let column = 0; column < text.length; column++) {
      const { originalSource, originalLine, generatedLine } = map.findEntry(line, column)
      if (originalSource === undefined || generatedLine !== line) continue
      const source = relative('.', resolve(path, '..', originalSource))
      if (!source.startsWith('src/')) continue
      const found = lines.get(source) ?? new Map()
      lines.set(source, found)
      found.set(originalLine, (found.get(originalLine) ?? 0) | characters[offset + column])
    }
    offset += text.length + 1
  }
}

let all = 0
const missed = []
for (const [source, found] of [...lines].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const text = readFileSync(source, 'utf8').split('\n')
  const telling = [...found].filter(([line]) => /\w/.test(text[line] ?? ''))
  all += telling.length
  for (const [line, isCovered] of telling.sort(([a], [b]) => a - b))
    if (isCovered === 0) missed.push(`${source}:${line + 1}: ${text[line].trim()}`)
}
for (const line of missed) process.stdout.write(`${line}\n`)
const share = ((1 - missed.length / all) * 100).toFixed(1)
process.stdout.write(`${all - missed.length} of ${all} lines ran (${share} %)\n`)
process.exitCode = tests.status ?? 1
