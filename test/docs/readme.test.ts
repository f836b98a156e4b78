import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parseArguments } from '../../src/cli/arguments.js'
import { commands } from '../../src/cli/commands/index.js'
import { exits } from '../../src/cli/exit.js'
import { controls } from '../../src/controls/index.js'
import { commandsOf, readPage } from './markdown.js'

const examples: Readonly<Record<string, string | undefined>> = { CONTROL: controls[0]?.id, 'FILE...': 'file' }

const read = (path: string): string => readFileSync(path, 'utf8')
const pages = [...markdownIn('.'), ...markdownIn('docs')]
const targets = [...read('Makefile').matchAll(/^([a-z]+):/gm)].map(([, name]) => name)

for (const path of pages) {
  const page = readPage(read(path))

  t.test(`${path}: every relative link leads somewhere`, async t => {
    for (const link of page.links.filter(target => !/^[a-z]+:/.test(target)))
      t.equal(faultOf(path, link), undefined, link)
  })

  t.test(`${path}: every taskfence command would be understood`, async t => {
    for (const words of commandsOf(page, 'taskfence').filter(words => words.length > 0))
      t.equal(await refusalOf(words), undefined, `taskfence ${words.join(' ')}`)
  })

  t.test(`${path}: every file and folder of ours that is named is there`, async t => {
    for (const name of page.inline.filter(code => /^(src|test|docs|bench|dist|\.ci)\/[\w./-]+$/.test(code)))
      t.ok(/^dist|docker-api/.test(name) || existsSync(name), name)
  })

  t.test(`${path}: every make target exists`, async t => {
    for (const words of commandsOf(page, 'make'))
      for (const word of words.filter(word => !/[=/-]/.test(word)))
        t.ok(targets.includes(word), `make ${word}`)
  })
}

t.test('README.md: the table of exit codes knows every code', async t => {
  const rows = read('README.md')
    .split('\n')
    .filter(line => line.startsWith('|'))
  for (const [name, code] of Object.entries(exits))
    t.ok(
      rows.some(row => new RegExp(`\\b${code}\\b`).test(row.split('|')[1] ?? '')),
      `${code} (${name})`,
    )
})

t.test('README.md: no gap is left', async t => {
  t.notMatch(read('README.md'), /TODO|TBD|FIXME|@@/)
})

t.test('README.md: every page of docs is linked from it or from a page it links to', async t => {
  const linked = new Set<string>(['README.md'])
  for (const path of linked)
    for (const target of readPage(read(path)).links.filter(link => /^[^:]+\.md(#|$)/.test(link)))
      linked.add(join(dirname(path), target.replace(/#.*/, '')))
  for (const path of pages) t.ok(linked.has(path), path)
})

/** What this test itself is made of can fail. */
t.test('a broken link, an unknown command and an unknown control are found', async t => {
  t.equal(faultOf('README.md', 'docs/nowhere.md'), 'no such file')
  t.equal(faultOf('README.md', 'docs/limits.md#nowhere'), 'no such heading')
  t.match(await refusalOf(['aply']), 'unknown command "aply"')
  t.match(await refusalOf(['apply', '--ony', 'imds-bridge']), 'unknown option "--ony"')
  t.match(await refusalOf(['explain', 'imds']), 'unknown control "imds"')
  t.same(commandsOf(readPage('```sh\n$ sudo make nothing  # why\n```\n`taskfence plan`'), 'make'), [
    ['nothing'],
  ])
})

function markdownIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.md'))
    .map(name => join(folder, name))
}

function faultOf(from: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? from : join(dirname(from), path)
  if (!existsSync(target)) return 'no such file'
  if (anchor === undefined || !target.endsWith('.md')) return undefined
  return readPage(read(target)).anchors.includes(anchor) ? undefined : 'no such heading'
}

/** Why the program would refuse these words; CONTROL and the like stand for any. */
async function refusalOf(words: readonly string[]): Promise<string | undefined> {
  const argv = words.map(word => examples[word] ?? word)
  try {
    const asked = await parseArguments(argv, commands, 80)
    if (asked.kind === 'print') return undefined
    const ids = [...(asked.command.name === 'explain' ? asked.words : []), ...asked.options.only]
    const stranger = ids.find(id => !controls.some(control => control.id === id))
    return stranger === undefined ? undefined : `unknown control "${stranger}"`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
