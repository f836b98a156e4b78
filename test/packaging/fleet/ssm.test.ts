import { CreateAssociationCommand, SSMClient, type CreateAssociationCommandInput } from '@aws-sdk/client-ssm'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { createLab, type Lab } from '../../lab/lab.js'
import { missingTools } from '../../lab/tools.js'
import { sendingNothing } from '../../report/sent.js'
import { faultsOf, systemsManager } from './service-model.js'

const read = (name: string): string => readFileSync(`packaging/fleet/ssm/${name}`, 'utf8')
const content = read('taskfence.document.json')
const document = JSON.parse(content) as Document
const association = JSON.parse(read('association.json')) as CreateAssociationCommandInput & {
  readonly Parameters: Readonly<Record<string, readonly string[]>>
}
const model = systemsManager()
const noModel = model === null && 'the AWS CLI is not installed'

interface Document {
  readonly schemaVersion: string
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly mainSteps: readonly {
    readonly name: string
    readonly action: string
    readonly inputs: { readonly runCommand: readonly string[] }
  }[]
}

interface Parameter {
  readonly type: 'String'
  readonly default: string
  readonly allowedPattern?: string
  readonly allowedValues?: readonly string[]
}

const allows = ({ allowedPattern, allowedValues }: Parameter, value: string): boolean =>
  allowedValues?.includes(value) ?? new RegExp(allowedPattern ?? '.*').test(value)

t.test('the document: steps of a shell, and parameters that cannot carry one of their own', async t => {
  t.equal(document.schemaVersion, '2.2')
  t.same(
    document.mainSteps.map(({ action }) => action),
    document.mainSteps.map(() => 'aws:runShellScript'),
  )
  const used = [...content.matchAll(/\{\{ (\w+) \}\}/g)].map(([, name = '']) => name)
  t.same([...new Set(used)].sort(), Object.keys(document.parameters).sort(), 'each is declared and used')
  for (const [name, parameter] of Object.entries(document.parameters)) {
    t.ok(allows(parameter, parameter.default), `${name}: its default is allowed`)
    for (const evil of ["'; reboot; '", '$(reboot)', '`reboot`', 'a\nreboot', 'https://a/b.rpm\nreboot'])
      t.notOk(allows(parameter, evil), `${name}: ${JSON.stringify(evil)} is not`)
  }
})

t.test('the association: of that document, within its parameters, and a few hosts at a time', async t => {
  for (const [name, values] of Object.entries(association.Parameters))
    for (const value of values) {
      const parameter = document.parameters[name]
      t.ok(parameter !== undefined && allows(parameter, value), `${name}: ${value}`)
    }
  t.match(association.MaxConcurrency, /^\d+%$/)
  t.match(association.MaxErrors, /^\d+%$/)
  const { sent, settings } = sendingNothing()
  await new SSMClient(settings).send(new CreateAssociationCommand(association)).catch(() => undefined)
  t.same(sent.body, association, 'the SDK sends all of it')
})

t.test('both are what the service takes', { skip: noModel }, async t => {
  if (model === null) return
  t.same(faultsOf(model, 'CreateAssociationRequest', association), [])
  const create = { Name: 'taskfence', DocumentType: 'Command', DocumentFormat: 'JSON', Content: content }
  t.same(faultsOf(model, 'CreateDocumentRequest', create), [])
  t.same(
    faultsOf(model, 'CreateAssociationRequest', { ...association, MaxErrors: 'few' }).length,
    1,
    'and it can say no',
  )
})

/** The steps as Systems Manager's agent runs them, on a throw-away host; what they would fetch is put in its place. */
t.test('on a host', { skip: missingTools().join(', ') }, async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  const folder = '/run/stand-ins'
  const program = async (name: string, lines: readonly string[]) => {
    await lab.write(`${folder}/${name}`, ['#!/bin/sh -eu', ...lines, ''].join('\n'))
    await lab.must(['chmod', '755', `${folder}/${name}`], { env: everything })
  }
  // The package is the program itself.
  const packaged = `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/taskfence.js')}' "$@"\n`
  await lab.write('/run/package', packaged)
  await program('curl', ['while [ "$1" != --output ]; do shift; done', 'cp /run/package "$2"'])
  await program('apt-get', ['for package; do :; done', `install -m 755 "$package" ${folder}/taskfence`])
  await program('aws', ['for file; do :; done', 'cp "${file#file://}" /run/sent.json'])
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }
  const given = {
    Version: version,
    PackageUrl: 'https://packages.example.com/taskfence.deb',
    PackageSha256: createHash('sha256').update(packaged).digest('hex'),
  }

  t.match(
    await step(lab, 'install'),
    { exitCode: 1, stderr: /is not installed, and Version/ },
    'nothing to install',
  )
  t.match(
    await step(lab, 'install', { ...given, PackageSha256: '0'.repeat(64) }),
    { exitCode: 1, stderr: /checksum did NOT match/ },
    'a package that somebody changed',
  )
  t.match(await step(lab, 'install', given), { exitCode: 0, stdout: `taskfence ${version} was installed\n` })
  t.match(
    await step(lab, 'install', given),
    { exitCode: 0, stdout: `taskfence ${version} is installed\n` },
    'again',
  )
  t.match(
    await step(lab, 'install'),
    { exitCode: 0, stdout: `taskfence ${version} is installed\n` },
    'any version',
  )
  t.match(
    await step(lab, 'install', { ...given, Version: '99.0.0' }),
    { exitCode: 1, stderr: new RegExp(`brought taskfence ${version}, not 99`) },
    'a package with another version in it',
  )
  t.match(await step(lab, 'fence', { Action: 'check' }), { exitCode: 1 }, 'not fenced yet')
  t.match(await step(lab, 'report', { Compliance: 'yes' }), { exitCode: 1, stdout: /ended with 1/ })
  t.equal(await complianceOf(lab), 'NON_COMPLIANT', 'told all the same')
  t.match(await step(lab, 'fence'), { exitCode: 0, stdout: /^Fenced: /m })
  t.match(await step(lab, 'report'), { exitCode: 0, stdout: /^Fenced: /m })
  t.match(await step(lab, 'report', { Compliance: 'yes' }), { exitCode: 0 })
  t.equal(await complianceOf(lab), 'COMPLIANT')
  await program('taskfence', ['echo "$@"'])
  for (const [given, asked] of [
    [{}, 'apply --no-color'],
    [{ RestartAgent: 'yes' }, 'apply --restart-agent --no-color'],
    [{ RestartAgent: 'yes', Action: 'check' }, 'check --no-color'],
  ] as const)
    t.match(await step(lab, 'fence', given), { exitCode: 0, stdout: `${asked}\n` }, asked)
})

const everything = { PATH: '/run/stand-ins:/run/lab/bin:/usr/sbin:/usr/bin:/sbin:/bin' }

function step(lab: Lab, name: string, given: Readonly<Record<string, string>> = {}) {
  const { inputs } = document.mainSteps.find(one => one.name === name) ?? { inputs: { runCommand: [] } }
  const script = inputs.runCommand
    .join('\n')
    .replace(/\{\{ (\w+) \}\}/g, (_all, of: string) => given[of] ?? document.parameters[of]?.default ?? '')
  const env = { ...everything, AWS_SSM_INSTANCE_ID: 'i-0123456789abcdef0', AWS_SSM_REGION_NAME: 'eu-west-1' }
  return lab.exec(['sh', '-c', script], { env })
}

async function complianceOf(lab: Lab): Promise<string | undefined> {
  const sent: unknown = JSON.parse(await lab.must(['cat', '/run/sent.json']))
  t.same(
    model === null ? [] : faultsOf(model, 'PutComplianceItemsRequest', sent),
    [],
    'the service would take it',
  )
  return (sent as { Items: { Id: string; Status: string }[] }).Items.find(({ Id }) => Id === 'host')?.Status
}
