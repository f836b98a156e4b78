import fc from 'fast-check'
import t from 'tap'
import { parseArguments } from '../../src/cli/arguments.js'
import { commands } from '../../src/cli/commands/index.js'
import { hostOptions } from '../../src/cli/options.js'
import { taskfence } from './fakes.js'

t.test('what nobody could mean is one line with a way out, and exit 64', async t => {
  const cases: readonly (readonly [argv: string, says: RegExp])[] = [
    ['', /^no command was given\. See `taskfence --help`\.$/],
    ['iam', /^iam needs another word; there are iam trust-policy, iam policy/],
    ['iam plicy', /^unknown command "iam plicy"; did you mean iam policy\? See `taskfence iam --help`\.$/],
    ['ima', /^unknown command "ima"; did you mean iam\?/],
    ['iam --formt', /^unknown option "--formt"; did you mean --format\?/],
    ['iam policy', /^which policy: ecr-pull, ecs-exec, s3-read\. See `taskfence iam policy --help`\.$/],
    ['iam policy s3-red', /^unknown policy "s3-red"; did you mean s3-read\?/],
    ['iam policy everything', /^unknown policy "everything"; there are ecr-pull, ecs-exec, s3-read\./],
    ['iam policy ecs-exec s3-read', /^unexpected "s3-read" after iam policy\./],
    ['iam policy s3-read', /^s3-read needs --bucket\./],
    ['iam policy s3-read --bucket web-*', /^--bucket "web-\*": expected the name of a bucket\./],
    ['iam policy ecr-pull --bucket web', /^--bucket belongs to s3-read, not to ecr-pull\./],
    [
      'iam policy ecr-pull --region moon-1',
      /^--region "moon-1": expected a region of aws, aws-cn or aws-us-gov/,
    ],
    ['iam policy ecr-pull --policy p.json', /^--policy belongs to facts, .*, explain, not to iam policy\./],
    [
      'iam trust-policy --region eu-west-1',
      /^--account is missing\. See `taskfence iam trust-policy --help`\.$/,
    ],
    ['iam trust-policy --account 12 --region eu-west-1', /^--account "12": expected 12 digits\./],
    ['iam trust-policy --account 111122223333', /^--region is missing\./],
    ['iam trust-policy --account 111122223333 --region us-iso-east-1', /^--region "us-iso-east-1": expected/],
    ['chek', /^unknown command "chek"; did you mean check\? See `taskfence --help`\.$/],
    ['destroy-everything', /^unknown command "destroy-everything"\. See/],
    ['--formt json check', /^unknown option "--formt"; did you mean --format\?/],
    [
      'check --formt json',
      /^unknown option "--formt"; did you mean --format\? See `taskfence check --help`\.$/,
    ],
    ['check --formt=json', /^unknown option "--formt"; did you mean --format\?/],
    ['check -x', /^unknown option "-x"\. See/],
    ['check docker0', /^unexpected "docker0" after check\./],
    ['explain imds-bridge imds-host', /^unexpected "imds-host" after explain\./],
    ['check --format', /^--format needs a value\./],
    [
      'check --format xml',
      /^--format "xml": expected text, json, junit, prometheus, html, asff or ssm-compliance\./,
    ],
    ['plan --format junit', /^--format "junit": expected text or json\./],
    ['check --format text --format json', /^--format was given 2 times\./],
    ['check --policy', /^--policy needs a value\./],
    ['check --policy --only imds-bridge', /^--policy needs a value\./],
    ['check --only', /^--only needs a value\./],
    ['check --only imds-bridge --only', /^--only needs a value\./],
    ['check --only imds-brigde', /^unknown control "imds-brigde"; did you mean imds-bridge\?/],
    ['facts --only imds-brigde', /^unknown control "imds-brigde"; did you mean imds-bridge\?/],
    ['explain everything', /^unknown control "everything"; there are imds-bridge, imds-awsvpc, /],
    ['plan --live', /^--live belongs to check, not to plan\./],
    ['check --restart-agent', /^--restart-agent belongs to apply, not to check\./],
    ['check --lock-wait 5', /^--lock-wait belongs to apply, confirm, watch, revert, not to check\./],
    ['apply --lock-wait soon', /^--lock-wait "soon": expected seconds from 0 to 86400\./],
    ['apply --lock-wait -1', /^--lock-wait "-1": expected seconds/],
    ['apply --lock-wait 1e9', /^--lock-wait "1e9": expected seconds/],
    ['check --log-level loud', /^--log-level "loud": expected debug, info, warn or error\./],
  ]
  for (const [argv, says] of cases) {
    const { exit, stdout, stderr, asked } = await taskfence(argv.split(' ').filter(word => word !== ''))
    t.match(stderr, /^taskfence: [^\n]*\n$/, `${argv}: one line`)
    t.match(stderr.slice('taskfence: '.length).trimEnd(), says, `${argv}: says`)
    t.same({ exit, stdout, asked }, { exit: 64, stdout: '', asked: [] }, `${argv}: does nothing`)
  }
})

t.test('only root may look, and everybody may ask what a control does', async t => {
  for (const { name, needsRoot } of commands) {
    const { exit, stderr } = await taskfence(name.split(' '), { userId: 1000 })
    t.equal(exit === 77, needsRoot, name)
    if (needsRoot) t.match(stderr, `Try \`sudo taskfence ${name}\`.`, `${name} says how`)
  }
})

/** Lines that end in the middle of a sentence though the next word had room. */
const raggedLines = (story: string): readonly string[] => {
  const lines = story.split('\n')
  return lines.filter((line, index) => {
    const next = lines[index + 1]?.match(/^\S+/)?.[0]
    return next !== undefined && line !== '' && !line.endsWith('.') && line.length + 1 + next.length < 80
  })
}

t.test('help fits 80 columns and names every option and exit code', async t => {
  const everyName = commands.map(command => command.name)
  for (const name of ['', 'iam', ...everyName]) {
    const words = name.split(' ').filter(word => word !== '')
    const { exit, stdout, stderr } = await taskfence([...words, '--help'], { userId: 1000, terminal: true })
    t.same({ exit, stderr }, { exit: 0, stderr: '' }, `taskfence ${name} --help`)
    t.same(
      stdout.split('\n').filter(line => line.length > 80),
      [],
      `taskfence ${name} --help fits`,
    )
    t.same(raggedLines(stdout.split('\nOptions:')[0] ?? ''), [], `taskfence ${name} --help is as wide`)
    const command = commands.find(candidate => candidate.name === name)
    const ofAll = name === 'iam' ? ['log-level'] : hostOptions
    for (const option of ['help', ...(command?.options ?? ofAll)])
      t.match(stdout, ` --${option} `, `taskfence ${name} --help: --${option}`)
    if (command !== undefined) t.match(stdout, /Exit 0/, `${name}: exit codes`)
    else
      for (const other of everyName.filter(candidate => candidate.startsWith(name)))
        t.match(stdout, `taskfence ${other}`, `taskfence ${name} --help: ${other}`)
  }
  t.notMatch(
    (await taskfence(['plan', '--help'])).stdout,
    '--live',
    'an option of another command is not shown',
  )
  t.match((await taskfence(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/, 'the version')
})

t.test('options reach the engine', async t => {
  const { asked } = await taskfence([...'--only imds-bridge check --only route-localnet'.split(' ')])
  t.same(asked[0]?.only, ['imds-bridge', 'route-localnet'])
  t.equal(asked[0]?.mode, 'check')
  t.equal((await taskfence(['apply'])).asked[0]?.mode, 'apply')
  t.equal((await taskfence(['plan'])).asked[0]?.mode, 'check', 'a plan writes nothing')
  t.equal((await taskfence(['plan'])).asked[0]?.only, undefined, 'without --only all')
})

// They do not pass the parser, which is asked here with an option that every command of these takes.
t.test('words alone are read as beside options', async t => {
  const one = (argv: readonly string[]) =>
    parseArguments(argv, commands, 80).then(
      asked => (asked.kind === 'run' ? { ...asked, options: { ...asked.options, color: undefined } } : asked),
      (error: unknown) => String(error),
    )
  const word = fc.oneof(
    fc.constantFrom(
      'check',
      'explain',
      'imds-bridge',
      'iam',
      'policy',
      '007',
      '1e3',
      "'a'",
      '"a b"',
      'a=b',
      '',
    ),
    fc.string({ maxLength: 5 }).filter(text => !text.startsWith('-')),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('check', 'explain', 'apply'),
      fc.array(word, { maxLength: 3 }),
      async (first, rest) => {
        t.same(await one([first, ...rest]), await one([first, ...rest, '--no-color']))
      },
    ),
    { numRuns: 200, seed: 20_261_129 },
  )
})
