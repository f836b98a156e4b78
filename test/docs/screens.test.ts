import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { createLab } from '../lab/lab.js'
import { userBridge } from '../lab/options.js'
import { missingTools } from '../lab/tools.js'
import { readPage } from './markdown.js'

// README.md opens with what the program prints, and docs/report.md quotes it: here it prints it.

const commands = ['plan', 'apply']
const update = process.env['GOLDEN'] === 'write'

t.test('what the program prints', { skip: missingTools().join(', ') }, async t => {
  const lab = await createLab({ bridges: ['docker0', userBridge], docker: 'docker20' })
  t.teardown(() => lab.dispose())
  const run = async (...args: readonly string[]) => (await lab.taskfence(args)).stdout

  for (const command of commands) {
    const printed = await run(command)
    const shown = new RegExp(`(?<=^\`\`\`console\\n\\$ sudo taskfence ${command}\\n)[^]*?(?=^\`\`\`$)`, 'm')
    if (update)
      writeFileSync(
        'README.md',
        readFileSync('README.md', 'utf8').replace(shown, () => printed),
      )
    const found = shown.exec(readFileSync('README.md', 'utf8'))?.[0] ?? ''
    t.equal(withoutVersions(found), withoutVersions(printed), `README.md shows what ${command} prints`)
  }

  const real = JSON.parse(await run('check', '--format', 'json')) as Fields
  const quoted = readPage(readFileSync('docs/report.md', 'utf8')).blocks.find(
    ({ language }) => language === 'json',
  )
  const example = JSON.parse(quoted?.text ?? '{}') as Fields
  t.same(Object.keys(example), Object.keys(real), 'docs/report.md quotes every field, in their order')
  t.equal(example['verdict'], real['verdict'], 'and the verdict')
  for (const list of ['outcomes', 'claims'])
    for (const quotation of entries(example[list]))
      t.ok(entries(real[list]).includes(quotation), `${list}: ${quotation}`)
})

type Fields = Readonly<Record<string, unknown>>

const entries = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.map(entry => JSON.stringify(entry)) : []

/** Those of the machine this runs on. */
const withoutVersions = (text: string): string => text.replace(/iptables \d[\d.]*/g, 'iptables')
