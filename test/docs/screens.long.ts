import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { missingTools } from '../lab/tools.js'
import { serviceModel, faultsOfCall } from '../packaging/fleet/service-model.js'
import { commandBlocks, lasting, sessionText, type CommandBlock, type Step } from './commands.js'
import { readPage } from './markdown.js'
import { openReader, type Reader } from './reader.js'
import { inStep } from './translation.js'

// Every command of README and docs is typed on a throw-away host, and what a console shows is what is printed there.

const update = process.env['GOLDEN'] === 'write'
/** README.ja.md has the blocks of README.md: japanese.test.ts. */
const pages = ['README.md', ...readdirSync('docs').map(name => `docs/${name}`)].filter(
  path => path.endsWith('.md') && existsSync(path),
)

/** These have no place on a throw-away host, or name what there is not: only their grammar is looked at. */
const elsewhere =
  /^(make|install|npm|npx|node|git|docker|dnf|yum|apt-get|rpm|dpkg|curl -fsSL|reboot|packer|promtool|nsenter --target PID)\b/

for (const path of pages) {
  const page = readFileSync(path, 'utf8')
  const blocks = commandBlocks(page)
  if (blocks.length === 0) continue
  t.test(path, { skip: missingTools().join(', ') }, async t => {
    const found: (readonly [CommandBlock, readonly Step[]])[] = []
    let reader: Reader | undefined
    let host = -1
    for (const block of blocks) {
      if (block.notRun !== undefined) {
        t.comment(`${path}: not run: ${block.notRun}`)
        continue
      }
      if (reader === undefined || block.host.at !== host) {
        await reader?.lab.dispose()
        reader = await openReader(block.host.words)
        host = block.host.at
      }
      found.push([block, await typed(t, reader, block)])
    }
    await reader?.lab.dispose()
    if (!update) return
    writeFileSync(path, rewritten(page, found))
    if (path === 'README.md')
      writeFileSync('README.ja.md', inStep(readFileSync('README.ja.md', 'utf8'), readFileSync(path, 'utf8')))
  })
}

async function typed(t: Test, reader: Reader, { steps }: CommandBlock): Promise<readonly Step[]> {
  const seen: Step[] = []
  for (const { command, shown } of steps) {
    const name = command.replace(/\s+/g, ' ').slice(0, 100)
    const plain = command.replace(/^sudo /, '')
    t.equal(spawnSync('sh', ['-n', '-c', command]).status, 0, `grammar: ${name}`)
    if (plain.startsWith('aws ')) calls(t, plain)
    if (elsewhere.test(plain)) {
      seen.push({ command, shown })
      continue
    }
    const answer = await reader.type(command)
    // A host that is not fenced is nothing wrong with the page.
    const worst = plain.startsWith('taskfence ') ? 3 : 0
    if (shown === undefined)
      t.ok(answer.exitCode <= worst, `${name}: ${answer.exitCode} ${answer.shown.slice(0, 300)}`)
    else if (!update) t.equal(lasting(shown), lasting(answer.shown), name)
    seen.push({ command, shown: shown === undefined ? undefined : answer.shown })
  }
  return seen
}

function calls(t: Test, command: string): void {
  const [, service = '', operation = ''] = command.split(' ')
  const model = serviceModel(service)
  if (model === null) t.comment(`not checked, the AWS CLI is not installed: ${command}`)
  else t.same(faultsOfCall(model, operation, command), [], command)
}

function rewritten(page: string, found: readonly (readonly [CommandBlock, readonly Step[]])[]): string {
  const consoles = found.filter(([{ language, steps }]) => language === 'console' && steps.length > 0)
  return consoles.reduceRight(
    (text, [{ start, end }, steps]) => text.slice(0, start) + sessionText(steps) + text.slice(end),
    page,
  )
}

t.test('docs/report.md quotes a report', { skip: missingTools().join(', ') }, async t => {
  const { lab } = await openReader(['bridges=docker0,br-3f1c2a9d0e77'])
  t.teardown(() => lab.dispose())
  await lab.taskfence(['apply'])
  const real = JSON.parse((await lab.taskfence(['check', '--format', 'json'])).stdout) as Fields
  const quoted = readPage(readFileSync('docs/report.md', 'utf8')).blocks.find(
    ({ language }) => language === 'json',
  )
  const example = JSON.parse(quoted?.text ?? '{}') as Fields
  t.same(Object.keys(example), Object.keys(real), 'every field, in their order')
  t.equal(example['verdict'], real['verdict'], 'and the verdict')
  for (const list of ['outcomes', 'claims'])
    for (const quotation of entries(example[list]))
      t.ok(entries(real[list]).includes(quotation), `${list}: ${quotation}`)
})

type Fields = Readonly<Record<string, unknown>>

const entries = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.map(entry => JSON.stringify(entry)) : []
