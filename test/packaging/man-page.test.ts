import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { manPage } from '../../packaging/man-page.js'
import { commands } from '../../src/cli/commands/index.js'
import { exits } from '../../src/cli/exit.js'
import { taskfence } from '../cli/fakes.js'

const page = manPage(commands, new Date('2026-03-04T05:06:07Z'))
const missing =
  spawnSync('mandoc', ['-T', 'lint', '/dev/null']).error === undefined ? false : 'mandoc is not installed'
const file = join(t.testdir(), 'taskfence.8')
writeFileSync(file, page)

t.test('mandoc has nothing against it', { skip: missing }, async t => {
  const lint = (path: string) => {
    const { stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', path], { encoding: 'utf8' })
    // Which other pages are installed here says nothing of ours.
    return (stdout + stderr)
      .split('\n')
      .filter(line => line !== '' && !/mandoc\.db|referenced manual not found/.test(line))
  }
  t.same(lint(file), [])
  writeFileSync(`${file}.bad`, page.replace('.El', ''))
  t.not(lint(`${file}.bad`).length, 0, 'and can say no')
})

t.test('every command has the options of its --help', async t => {
  const end = `\\.(?:It Cm (?:${commands.map(({ name }) => name).join('|')})\\b|Sh )`
  for (const { name } of commands) {
    const { stdout } = await taskfence([...name.split(' '), '--help'])
    const helped = [...stdout.matchAll(/^ +--([a-z-]+)/gm)].map(([, option]) => option)
    const [, section = ''] = new RegExp(`^\\.It Cm ${name}(?: .*)?\n([^]*?)^${end}`, 'm').exec(page) ?? []
    const told = [...section.matchAll(/^\.Fl -([a-z-]+)/gm)].map(([, option]) => option)
    t.same([...told, 'help', 'version'].sort(), helped.sort(), name)
    for (const option of helped) t.match(page, `.It Fl -${option ?? ''}`, `--${option ?? ''} is told of`)
  }
})

t.test('every exit code is told of', async t => {
  for (const code of Object.values(exits)) t.match(page, `.It ${code}\n`, String(code))
})

t.test('it is ASCII, and no line of a text is taken for a request', async t => {
  t.notMatch(page, /[^\n\x20-\x7e]/)
  const requests = page.split('\n').filter(line => /^['.]/.test(line))
  const known = /^\.(\\"|Dd|Dt|Os|Sh|Nm|Nd|Ar|Op|Pp|Bl|El|It|Cm|Fl|Bd|Ed|Dl|Xr)( |$)/
  t.same(
    requests.filter(line => !known.test(line)),
    [],
  )
})
