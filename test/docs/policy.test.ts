import { readFileSync } from 'node:fs'
import t from 'tap'
import { defaults } from '../../src/cli/policy/defaults.js'
import { parsePolicy } from '../../src/cli/policy/parse.js'
import { controls } from '../../src/controls/index.js'
import { TaskfenceError } from '../../src/model/errors.js'
import { readPage } from './markdown.js'

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8')
const { blocks } = readPage(page)
const path = '/etc/taskfence/policy.json'

for (const [index, { language, text }] of blocks.entries()) {
  if (language !== 'json') continue
  const next = blocks[index + 1]
  const promised = next?.language === 'text' ? next.text : ''
  t.equal(answerTo(text), promised, promised === '' ? 'an example is a policy' : promised)
}

for (const id of controls.map(control => control.id))
  t.equal(
    parsePolicy(JSON.stringify({ controls: { [id]: 'off' } }), path, controls).controls?.[id],
    'off',
    id,
  )

t.match(page, `has mode \`${defaults.mode}\``, 'the default mode is told')

/** What the program would print; '' for a good policy. */
function answerTo(text: string): string {
  try {
    parsePolicy(text, path, controls)
    return ''
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    const end = /[.?!]$/.test(error.message) ? '' : '.'
    return `taskfence: ${error.message}${end} ${error.hint ?? ''}\n`
  }
}
