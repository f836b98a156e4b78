import t from 'tap'
import { reports } from '../report/reports.js'
import { facts } from '../report/sample.js'
import { fakeHost, taskfence } from './fakes.js'

const [flags, board] = [
  '--account 111122223333 --region eu-west-1 --instance-id i-0123456789abcdef0',
  '/sys/devices/virtual/dmi/id/board_asset_tag',
]
const task = { arn: 'arn:aws:ecs:us-east-1:999988887777:task/web/0123' }
const broken = reports['broken']

const run = (
  argv: string,
  given: { readonly files?: Record<string, string>; readonly tasks?: readonly object[] } = {},
) =>
  taskfence(`check --format asff ${argv}`.trim().split(' '), {
    host: fakeHost(given.files ?? {}),
    report: { ...broken, facts: { ...facts, tasks: (given.tasks ?? null) as never } },
  })
const resource = (stdout: string) =>
  (JSON.parse(stdout) as { Findings: { Resources: { Id: string }[] }[] }).Findings[0]?.Resources[0]?.Id

t.test('findings are of the instance that was named, or that the host knows to be', async t => {
  const named = await run(flags)
  t.match(named, { exit: 1, stderr: '' })
  t.equal(resource(named.stdout), 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0')
  const files = { [board]: 'i-0aaaaaaaaaaaaaaa0\n' }
  t.equal(
    resource((await run('', { files, tasks: [task] })).stdout),
    'arn:aws:ec2:us-east-1:999988887777:instance/i-0aaaaaaaaaaaaaaa0',
  )
  t.equal(
    resource((await run(flags, { files, tasks: [task] })).stdout),
    resource(named.stdout),
    'what is asked counts',
  )
})

t.test('an instance nobody knows is a question back', async t => {
  for (const [argv, says, given] of [
    ['', /--account is missing/, {}],
    ['--account 111122223333', /--region is missing/, {}],
    ['--account 111122223333 --region eu-west-1', /--instance-id is missing/, {}],
    [
      '',
      /--instance-id "Default string": expected/,
      { files: { [board]: 'Default string\n' }, tasks: [task] },
    ],
    ['--instance-id web', /--instance-id "web": expected/, { tasks: [task] }],
    ['--account 1', /--account "1": expected 12 digits/, {}],
  ] as const)
    t.match(await run(argv, given), { exit: 64, stdout: '', stderr: says }, argv)
  t.match(
    await taskfence(['check', ...flags.split(' ')]),
    { exit: 64, stderr: /belong to --format asff/ },
    'text',
  )
  t.match(
    await taskfence(['check', '--instance-id', 'i-0123456789abcdef0']),
    { exit: 64, stderr: /belongs to --format asff and ssm-compliance/ },
    'text',
  )
  for (const format of ['asff', 'ssm-compliance'])
    t.match(await taskfence(['apply', '--format', format]), { exit: 64, asked: [] }, 'apply writes nothing')
})

t.test('a page to send on says of which host it is, where the host tells', async t => {
  const page = async (files: Record<string, string>) =>
    (await taskfence(['check', '--format', 'html'], { host: fakeHost(files) })).stdout
  const name = { '/proc/sys/kernel/hostname': 'ip-10-0-1-17<b>\n' }
  t.match(
    await page({ ...name, [board]: 'i-0aaaaaaaaaaaaaaa0\n' }),
    /<title>ip-10-0-1-17&lt;b&gt;, i-0aaaaaaaaaaaaaaa0: taskfence: /,
  )
  t.match(
    await page({ ...name, [board]: 'Default string\n' }),
    /<h1>taskfence <span class="host">ip-10-0-1-17&lt;b&gt;<\/span>/,
    'no instance of EC2',
  )
  t.match(await page({}), /<title>taskfence: /, 'nobody tells')
})

t.test('compliance items need the id alone', async t => {
  const node = async (argv: readonly string[], files: Record<string, string> = {}) => {
    const { exit, stdout, stderr } = await taskfence(['check', '--format', 'ssm-compliance', ...argv], {
      host: fakeHost(files),
      report: { ...broken },
    })
    return exit === 1 ? (JSON.parse(stdout) as { ResourceId: string }).ResourceId : stderr
  }
  t.equal(await node(['--instance-id', 'mi-0123456789abcdef0']), 'mi-0123456789abcdef0')
  t.equal(await node([], { [board]: 'i-0aaaaaaaaaaaaaaa0\n' }), 'i-0aaaaaaaaaaaaaaa0')
  t.match(await node([]), /--instance-id is missing/)
})
