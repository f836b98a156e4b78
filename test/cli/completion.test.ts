import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseArguments } from '../../src/cli/arguments.js'
import { commands } from '../../src/cli/commands/index.js'
import { controls, taskfence } from './fakes.js'

const folder = t.testdir({ 'policy file.json': '{}', 'other.txt': '' })

/** What a shell offers for each of these lines; the last word is being typed. */
type Offered = (lines: readonly (readonly string[])[]) => readonly (readonly string[])[]

const has = (shell: string): string =>
  spawnSync(shell, ['--version']).error === undefined ? '' : `${shell} is not installed`

async function scriptOf(shell: string): Promise<string> {
  const file = join(folder, `completion.${shell}`)
  writeFileSync(file, (await taskfence(['completion', shell], { userId: 1000 })).stdout)
  return file
}

const quoted = (words: readonly string[]) => words.map(word => `'${word}'`).join(' ')

/** Runs a program of the shell; every answer ends with a line "--". */
function answers(shell: string, options: readonly string[], program: string): readonly (readonly string[])[] {
  const { stdout, stderr, status } = spawnSync(shell, [...options, '-c', program], {
    encoding: 'utf8',
    cwd: folder,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .split('--\n')
    .slice(0, -1)
    .map(block =>
      block
        .split('\n')
        .filter(line => line !== '')
        .sort(),
    )
}

const inBash =
  (file: string): Offered =>
  lines =>
    answers(
      'bash',
      ['--norc'],
      [
        `source ${file}`,
        // Only while a key is pressed.
        'compopt() { :; }',
        ...lines.map(
          words =>
            `COMP_WORDS=(${quoted(words)}); COMP_CWORD=${words.length - 1}; _taskfence; printf '%s\\n' "\${COMPREPLY[@]}" --`,
        ),
      ].join('\n'),
    )

const inZsh =
  (file: string): Offered =>
  lines =>
    answers(
      'zsh',
      ['-f'],
      [
        // The parts of its completion system that the script uses.
        'compdef() { : }',
        'compset() { words[CURRENT]=${words[CURRENT]#*=} }',
        'compadd() { local word; for word in ${@:2}; do [[ $word == ${words[CURRENT]}* ]] && print -r -- $word; done; : }',
        '_describe() { compadd -- ${(@)${(P)2}%%:*} }',
        '_files() { compadd -- *(N) }',
        `source ${file}`,
        ...lines.map(
          words => `words=(${quoted(words)}); CURRENT=${words.length}; _taskfence; print -r -- --`,
        ),
      ].join('\n'),
    )

const split = (line: string): readonly string[] => line.split(' ').map(word => word.replaceAll('_', ' '))
const sorted = (words: readonly string[]): readonly string[] => [...words].sort()

for (const [shell, offeredBy] of [
  ['bash', inBash],
  ['zsh', inZsh],
] as const)
  t.test(shell, { skip: has(shell) === '' ? false : has(shell) }, async t => {
    const file = await scriptOf(shell)
    t.equal(spawnSync(shell, ['-n', file]).status, 0, 'is a script')
    const offered = offeredBy(file)

    const flags = commands.map(({ name }) => ['taskfence', ...name.split(' '), '-'])
    for (const [index, words] of offered(flags).entries()) {
      const name = commands[index]?.name ?? ''
      const { stdout } = await taskfence([...name.split(' '), '--help'])
      const helped = [...stdout.matchAll(/^ +(--[a-z-]+)/gm)].map(([, option = '']) => option)
      t.same(words, sorted(helped), `${name}: the options of --help`)
    }

    const heads = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))]
    const cases: readonly (readonly [line: string, words: readonly string[]])[] = [
      ['taskfence ', shell === 'bash' ? [...heads, '--help', '--version'] : heads],
      ['taskfence --', ['--help', '--version']],
      ['taskfence che', ['check']],
      [
        'taskfence iam ',
        [
          ...commands.flatMap(({ name }) => name.split(' ')[1] ?? []),
          ...(shell === 'bash' ? ['--help'] : []),
        ],
      ],
      ['taskfence iam li', ['lint']],
      ['taskfence explain ', controls.map(({ id }) => id)],
      ['taskfence explain imds-bridge ', []],
      ['taskfence check --only cred', ['credentials-guard']],
      ['taskfence --only imds-bridge check --only ', controls.map(({ id }) => id)],
      ['taskfence check --policy ', ['completion.bash', 'completion.zsh', 'other.txt', 'policy file.json']],
      ['taskfence --policy policy_file.json ap', ['apply']],
      ['taskfence iam lint ', ['completion.bash', 'completion.zsh', 'other.txt', 'policy file.json']],
      [
        'taskfence iam lint other.txt ',
        ['completion.bash', 'completion.zsh', 'other.txt', 'policy file.json'],
      ],
      ['taskfence iam policy s3', ['s3-read']],
      ['taskfence iam lint --role ', ['task', 'execution', 'instance']],
      ['taskfence check --account ', []],
      ['taskfence check ', []],
      ['taskfence completion ', ['bash', 'zsh']],
      ['taskfence nothing ', []],
    ]
    const equals =
      shell === 'bash'
        ? ['taskfence', 'check', '--format', '=', 'jun']
        : ['taskfence', 'check', '--format=jun']
    await scriptOf(shell === 'bash' ? 'zsh' : 'bash')
    const found = offered([...cases.map(([line]) => split(line)), equals])
    for (const [index, [line, words]] of cases.entries()) t.same(found[index], sorted(words), line)
    t.same(found.at(-1), ['junit'], '--format=jun')

    for (const { name } of commands.filter(({ options }) => options.includes('format'))) {
      const [words = []] = offered([['taskfence', ...name.split(' '), '--format', '']])
      for (const word of words)
        t.ok(
          await parseArguments([...name.split(' '), '--format', word], commands, 80),
          `${name} --format ${word}`,
        )
      const { stderr } = await taskfence([...name.split(' '), '--format', 'x'])
      const known = /expected ([^.]*)\./.exec(stderr)?.[1] ?? ''
      t.same(words, sorted(known.split(/, | or /)), `${name}: every format`)
    }
  })

t.test('a shell that is not known is a question back', async t => {
  t.match(await taskfence(['completion']), { exit: 64, stderr: /for which shell: bash or zsh/ })
  t.match(await taskfence(['completion', 'fish']), { exit: 64, stderr: /for which shell: bash or zsh/ })
})
