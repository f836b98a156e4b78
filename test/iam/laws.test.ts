import fc from 'fast-check'
import t from 'tap'
import { iamRules, type LintedFile } from '../../src/model/iam.js'
import {
  actionsOnEverything,
  agentActions,
  covers,
  executionActions,
  instanceActions,
  isCovered,
} from '../../src/iam/actions.js'
import { trustPolicy } from '../../src/iam/trust-policy.js'
import { account, allow, containerInstance, getRole, goodTrust, lintAll, said } from './policies.js'

fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const isFine = (files: readonly LintedFile[]) =>
  files.every(({ findings, unknown }) => findings.length + unknown.length === 0)

/** Pieces that policies are made of, put together in any way. */
const pieces = fc.constantFrom(
  ...[
    'Version',
    'Statement',
    'Effect',
    'Principal',
    'Action',
    'Resource',
    'Condition',
    'Role',
    'PolicyDocument',
  ],
  ...[
    'AttachedPolicies',
    'AssumeRolePolicyDocument',
    'NotAction',
    '2012-10-17',
    'Allow',
    'Deny',
    'Service',
    '*',
  ],
  ...[
    'ecs-tasks.amazonaws.com',
    'sts:AssumeRole',
    's3:GetObject',
    'arn:aws:s3:::web/*',
    'StringEquals',
    '%7B%22',
  ],
  ...['aws:SourceAccount', account, '__proto__', 'constructor', 'length'],
)
const { odd } = fc.letrec<{ odd: unknown }>(tie => ({
  odd: fc.oneof(
    { maxDepth: 6 },
    pieces,
    fc.constantFrom(null, true, 7, ''),
    fc.array(tie('odd'), { maxLength: 3 }),
    fc.dictionary(pieces, tie('odd'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

t.test('whatever a file holds, an answer comes; and what is no policy is never fine', async t => {
  const answers = (text: string) => {
    const files = lintAll([text])
    return files.length === 1 && (files[0]?.holds !== null || !isFine(files))
  }
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), answers))
  fc.assert(
    fc.property(
      odd.map(value => JSON.stringify(value)),
      answers,
    ),
    { numRuns: 2000 },
  )
  t.equal(isFine(lintAll(['['.repeat(200_000)])), false, 'nested too deeply')
  t.equal(isFine(lintAll([''])), false, 'empty')
})

t.test('what taskfence prints is fine for every account and region', async () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^\d{12}$/),
      fc.constantFrom('eu-west-1', 'cn-north-1', 'us-gov-west-1'),
      (id, region) => {
        const partition = region.startsWith('cn')
          ? 'aws-cn'
          : region.startsWith('us-gov')
            ? 'aws-us-gov'
            : 'aws'
        const policy = trustPolicy({ account: id, region, partition })
        return (
          isFine(lintAll([policy], { account: id })) &&
          said(policy, { account: '999999999999' }).length === (id === '999999999999' ? 0 : 2)
        )
      },
    ),
  )
})

t.test('a trust policy that lacks any part it needs is not fine', async t => {
  const [whole] = goodTrust.Statement
  for (const name of ['Effect', 'Principal', 'Action', 'Condition'])
    t.equal(
      isFine(lintAll([{ ...goodTrust, Statement: [{ ...whole, [name]: undefined }] }])),
      false,
      `without ${name}`,
    )
})

t.test('a document says the same encoded, as the API hands it out, and decoded', async t => {
  const policy = { ...goodTrust, Statement: [{ ...goodTrust.Statement[0], Condition: undefined }] }
  const text = JSON.stringify(policy)
  const [encoded] = lintAll([getRole(encodeURIComponent(text))])
  t.same(
    encoded?.findings.map(({ rule, path, line }) => ({ rule, path, line })),
    [{ rule: 'no-confused-deputy', path: '$.Role.AssumeRolePolicyDocument.Statement[0]', line: 7 }],
    'on the line of the text',
  )
  t.same(said(getRole(encodeURIComponent(text))), said(getRole(policy)))
  t.same(said(getRole(text)), said(getRole(policy)), 'as a plain text')
  t.same(said(getRole('%7B%')), ['unknown $.Role.AssumeRolePolicyDocument'], 'broken encoding')
  t.same(said(getRole('%7B%22a%22')), ['unknown $.Role.AssumeRolePolicyDocument'], 'broken JSON')
})

t.test('lines are those of the file', async t => {
  const [file] = lintAll([
    '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Effect": "Allow",\n      "Action":\n        "s3:*",\n      "Resource": "arn:aws:s3:::web/*"\n    }\n  ]\n}\n',
  ])
  t.equal(file?.findings[0]?.line, 6, 'at the key')
  t.equal(lintAll(['{\n\n"Version": 1,,\n}'])[0]?.unknown[0]?.line, 3, 'of a mistake')
  t.match(lintAll(['{"a":1,\n"a":2}'])[0]?.unknown[0], { line: 2, because: 'the key "a" stands twice' })
})

t.test('an instance role with any action more has it named', async () => {
  const action = fc
    .tuple(fc.constantFrom('s3', 'ecs', 'iam', 'ssm', 'ec2'), fc.stringMatching(/^[A-Z][a-zA-Z]{2,12}$/))
    .map(([service, name]) => `${service}:${name}`)
    .filter(name => !isCovered(name, instanceActions) && name.toLowerCase() !== 'ecs:tagresource')
  fc.assert(
    fc.property(action, name => {
      const [minimum] = containerInstance.Statement
      const says = said(allow([minimum?.Action ?? [], name].flat(), '*'), { role: 'instance' })
      return says.length === 1 && says[0] === 'instance-extra $.Statement[0].Action[15]'
    }),
  )
})

t.test('wildcards stand for what IAM says, in time that does not run away', async t => {
  for (const [pattern, action, says] of [
    ['*', 'sts:AssumeRole', true],
    ['sts:*', 'sts:AssumeRole', true],
    ['STS:assume*', 'sts:AssumeRole', true],
    ['sts:AssumeRol?', 'sts:AssumeRole', true],
    ['sts:AssumeRole?', 'sts:AssumeRole', false],
    ['sts:AssumeRoleWith*', 'sts:AssumeRole', false],
    ['s.s:AssumeRole', 'sts:AssumeRole', false],
    ['', 'sts:AssumeRole', false],
  ] as const)
    t.equal(covers(pattern, action), says, pattern)
  t.equal(covers('*s'.repeat(5000), 'sts:AssumeRole'), false, 'ten thousand letters')
})

t.test('lists of actions are in lower case, as they are compared', async t => {
  for (const action of [...actionsOnEverything, ...agentActions, ...executionActions, ...instanceActions])
    t.match(action, /^[a-z0-9]+:[a-z0-9]+\*?$/, action)
  t.equal(new Set(iamRules).size, iamRules.length)
})
