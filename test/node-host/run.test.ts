import t from 'tap'
import { nodeHost } from '../../src/host/node-host.js'
import type { Command, CommandResult } from '../../src/model/command.js'
import { CommandError } from '../../src/model/errors.js'

const host = nodeHost()
const script = (text: string, more: Partial<Command> = {}): Command => ({
  file: 'sh',
  args: ['-c', text],
  ...more,
})

process.env.LC_ALL = 'de_DE.UTF-8'
process.env.HERE = 'kept'

const answers: readonly (readonly [behaviour: string, command: Command, expected: Partial<CommandResult>])[] =
  [
    ['exit code 0', script('exit 0'), { exitCode: 0, stdout: '', stderr: '' }],
    ['any other exit code is an answer', script('exit 4'), { exitCode: 4 }],
    [
      'a missing program is exit code 127',
      { file: 'no-such-program', args: [] },
      { exitCode: 127, stdout: '' },
    ],
    ['a program that says 127 itself', script('exit 127'), { exitCode: 127 }],
    ['both outputs stay apart', script('echo out; echo err >&2'), { stdout: 'out\n', stderr: 'err\n' }],
    ['the final newline is kept', script('printf a'), { stdout: 'a' }],
    ['input reaches the program', { file: 'cat', args: [], input: 'text\n' }, { stdout: 'text\n' }],
    ['empty input is an input', { file: 'cat', args: [], input: '' }, { stdout: '' }],
    ['without input a reader sees the end at once', { file: 'cat', args: [] }, { exitCode: 0, stdout: '' }],
    ['input nobody reads is no error', script('exit 3', { input: 'x'.repeat(1_000_000) }), { exitCode: 3 }],
    ['every program speaks English', script('echo $LC_ALL'), { stdout: 'C\n' }],
    ['the rest of the environment stays', script('echo $HERE'), { stdout: 'kept\n' }],
    [
      'arguments are no shell text',
      { file: 'echo', args: ['$HOME', '; ls', '*'] },
      { stdout: '$HOME ; ls *\n' },
    ],
    ['bytes that are no text do not stop the run', script("printf '\\377a'"), { stdout: '\ufffda' }],
  ]

for (const [behaviour, command, expected] of answers)
  t.test(behaviour, async t => t.match(await host.run(command), expected))

t.test('a big output comes whole', async t => {
  const { stdout } = await host.run(script('head -c 20000000 /dev/zero | tr "\\0" a; echo end'))
  t.equal(stdout.length, 20_000_004)
  t.ok(stdout.endsWith('end\n'))
})

const failures: readonly (readonly [behaviour: string, command: Command, message: RegExp])[] = [
  ['a time-out', { file: 'sleep', args: ['20'], timeoutMs: 60 }, /^`sleep 20` did not answer in 0.06 s$/],
  ['a program that ignores SIGTERM', script("trap '' TERM; sleep 2", { timeoutMs: 60 }), /did not answer/],
  ['a program whose child lives on', script('sleep 2 & wait', { timeoutMs: 60 }), /did not answer/],
  [
    'half an answer: the rest may still come',
    script('echo half; sleep 2 &', { timeoutMs: 60 }),
    /did not answer/,
  ],
  ['a signal', script('kill -9 $$'), /SIGKILL/],
  ['a file that is no program', { file: '/etc/passwd', args: [] }, /EACCES/],
]

for (const [behaviour, command, message] of failures)
  t.test(`could not tell: ${behaviour}`, async t => {
    const began = Date.now()
    const error = await host.run(command).catch((error: unknown) => error)
    t.ok(error instanceof CommandError, 'a CommandError')
    t.match(error, { code: 'E_COMMAND', command, result: undefined, message })
    t.ok(Date.now() - began < 1500, 'in time')
  })
