import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { complete } from '../../src/cli/policy/defaults.js'
import { controls } from '../../src/controls/index.js'
import { reconcile } from '../../src/engine/reconcile.js'
import { plain } from '../../src/report/paint.js'
import { reportText } from '../../src/report/text.js'
import { readPage } from '../docs/markdown.js'
import { noPowerShell, startEngine } from './engine.js'
import { scriptsIn } from './settings.js'
import { windowsHost } from './windows-host.js'
import { restart, workingWorld } from './world.js'

const path = 'docs/windows.md'
const read = () => readFileSync(path, 'utf8')

t.test('docs/windows.md', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  const folder = t.testdir()
  const host = windowsHost(engine, scriptsIn(folder), restart(workingWorld()))
  const writeLock = async () => async () => undefined
  const report = await reconcile({ policy: complete({}, controls), mode: 'apply', writeLock }, host)
  const printed = reportText(report, { controls, paint: plain, width: 100, only: [], again: '' })
  const shown = /(?<=^```console\n> taskfence apply\n)[^]*?(?=^```$)/m
  if (process.env['GOLDEN'] === 'write')
    writeFileSync(
      path,
      read().replace(shown, () => printed),
    )
  t.equal(shown.exec(read())?.[0], printed, 'shows what apply prints after a restart')

  const blocks = readPage(read()).blocks.filter(({ language }) => language === 'powershell')
  t.ok(blocks.length > 3)
  for (const [number, { text }] of blocks.entries()) {
    const file = join(folder, `${number}.ps1`)
    writeFileSync(file, text)
    t.same((await engine.lint(file)).faults, [], text)
  }
})

t.test('docs/windows.md: every symptom that is quoted is said somewhere', async t => {
  const said = ['windows', 'windows/settings', 'src/controls', 'src/windows']
    .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
    .filter(name => /\.(ts|psm?1)$/.test(name))
    .map(name => readFileSync(name, 'utf8'))
    .join('\n')
  const rows = read()
    .split('\n')
    .filter(line => line.startsWith('| `'))
  const quotes = rows.flatMap(row =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, quote = '']) => quote),
  )
  t.ok(quotes.length > 5)
  for (const quote of quotes)
    for (const piece of quote
      .split(/\.\.\.|0\.0\.0\.0:80|51679|Tentative|Duplicate/)
      .map(text => text.trim().replace(/^[,)] ?|^\) /, '')))
      t.ok(said.includes(piece), piece)
})
