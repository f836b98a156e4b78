import t from 'tap'
import { commands } from '../../src/cli/commands/index.js'
import { taskfence } from './fakes.js'

t.test('what nobody could mean is one line with a way out, and exit 64', async t => {
  const cases: readonly (readonly [argv: string, says: RegExp])[] = [
    ['', /^no command was given\. See `taskfence --help`\.$/],
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
    ['check --format xml', /^--format "xml": expected text or json\./],
    ['check --format text --format json', /^--format was given 2 times\./],
    ['check --policy', /^--policy needs a value\./],
    ['check --policy --only imds-bridge', /^--policy needs a value\./],
    ['check --only', /^--only needs a value\./],
    ['check --only imds-bridge --only', /^--only needs a value\./],
    ['check --only imds-brigde', /^unknown control "imds-brigde"; did you mean imds-bridge\?/],
    ['facts --only imds-brigde', /^unknown control "imds-brigde"; did you mean imds-bridge\?/],
    ['explain everything', /^unknown control "everything"; there are imds-bridge, credentials-guard, /],
    ['plan --live', /^--live belongs to check, not to plan\./],
    ['check --lock-wait 5', /^--lock-wait belongs to apply, not to check\./],
    ['apply --lock-wait soon', /^--lock-wait "soon": expected seconds from 0 to 86400\./],
    ['apply --lock-wait -1', /^--lock-wait "-1": expected seconds/],
    ['apply --lock-wait 1e9', /^--lock-wait "1e9": expected seconds/],
    ['check --log-level loud', /^--log-level "loud": expected debug or info or warn or error\./],
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
    const { exit, stderr } = await taskfence([name], { userId: 1000 })
    t.equal(exit === 77, needsRoot, name)
    if (needsRoot) t.match(stderr, `Try \`sudo taskfence ${name}\`.`, `${name} says how`)
  }
})

t.test('help fits 80 columns and names every option and exit code', async t => {
  for (const name of ['', ...commands.map(command => command.name)]) {
    const { exit, stdout, stderr } = await taskfence([...(name === '' ? [] : [name]), '--help'], {
      userId: 1000,
      terminal: true,
    })
    t.same({ exit, stderr }, { exit: 0, stderr: '' }, `taskfence ${name} --help`)
    t.same(
      stdout.split('\n').filter(line => line.length > 80),
      [],
      `taskfence ${name} --help fits`,
    )
    for (const option of ['--help', '--format', '--policy', '--only', '--no-color', '--log-level'])
      t.match(stdout, option, `taskfence ${name} --help: ${option}`)
    if (name !== '') t.match(stdout, /Exit 0/, `${name}: exit codes`)
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
