import t from 'tap'
import type { RoleKind } from '../../src/model/iam.js'
import { account, getRole, goodTrust, said, statement, trust } from './policies.js'

const arn = (given: Readonly<Record<string, string>>, operator = 'ArnLike') => ({
  Condition: { [operator]: { 'aws:SourceArn': `arn:aws:ecs:us-west-2:${account}:*`, ...given } },
})
const one = '$.Statement[0]'
const inArn = `${one}.Condition.ArnLike["aws:SourceArn"]`
const tasks = 'ecs-tasks.amazonaws.com'

type Case = readonly [
  name: string,
  policy: unknown,
  says: readonly string[],
  asked?: { readonly role?: RoleKind; readonly account?: string },
]

const cases: readonly Case[] = [
  ['as taskfence prints it', goodTrust, []],
  ['of the right account', goodTrust, [], { account }],
  ['a statement that is no list', { ...goodTrust, Statement: goodTrust.Statement[0] }, []],
  ['services in a list', trust({ Principal: { Service: [tasks] } }), []],
  ['SourceAccount alone', trust({ Condition: { StringEquals: { 'aws:SourceAccount': account } } }), []],
  ['SourceArn alone', trust(arn({})), []],
  ['keys in other letters', trust({ Condition: { StringEquals: { 'AWS:sourceaccount': account } } }), []],
  ['all regions of one account', trust(arn({ 'aws:SourceArn': `arn:aws:ecs:*:${account}:*` })), []],
  ['one organization', trust({ Condition: { StringEquals: { 'aws:SourceOrgID': 'o-a1b2c3d4e5' } } }), []],
  ['Action in other letters', trust({ Action: 'STS:assumeRole' }), []],
  ['tagging its sessions', trust({ Action: ['sts:AssumeRole', 'sts:TagSession'] }), []],
  [
    'a Deny beside it',
    {
      ...goodTrust,
      Statement: [
        ...goodTrust.Statement,
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'sts:AssumeRole',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
    [],
  ],

  // Who may.
  ['nobody', trust({ Principal: undefined }), ['principal-missing $.Statement']],
  [
    'another service',
    trust({ Principal: { Service: 'ec2.amazonaws.com' } }),
    ['principal-missing $.Statement', `principal-other ${one}.Principal.Service`],
    { role: 'task' },
  ],
  [
    'another service beside',
    trust({ Principal: { Service: [tasks, 'lambda.amazonaws.com'] } }),
    [`principal-other ${one}.Principal.Service[1]`],
  ],
  [
    'everybody',
    trust({ Principal: '*' }),
    ['principal-missing $.Statement', `principal-wide ${one}.Principal`],
  ],
  [
    'every AWS user',
    trust({ Principal: { Service: tasks, AWS: '*' } }),
    [`principal-wide ${one}.Principal.AWS`],
  ],
  [
    'an account',
    trust({ Principal: { Service: tasks, AWS: '999988887777' } }),
    [`principal-wide ${one}.Principal.AWS`],
  ],
  [
    'an account by its root',
    trust({ Principal: { Service: tasks, AWS: 'arn:aws:iam::999988887777:root' } }),
    [`principal-wide ${one}.Principal.AWS`],
  ],
  [
    'everybody but one',
    trust({ Principal: undefined, NotPrincipal: { AWS: 'arn:aws:iam::999988887777:root' } }),
    ['principal-missing $.Statement', `principal-wide ${one}.NotPrincipal`],
  ],
  [
    'an identity provider',
    trust({ Principal: { Service: tasks, Federated: 'accounts.google.com' } }),
    [`principal-other ${one}.Principal.Federated`],
  ],
  [
    'perhaps itself',
    trust({ Principal: { Service: tasks, AWS: `arn:aws:iam::${account}:role/web` } }),
    [`unknown ${one}.Principal.AWS`],
  ],
  [
    'a principal of no known type',
    trust({ Principal: { Service: tasks, Azure: 'x' } }),
    [`unknown ${one}.Principal.Azure`],
  ],
  ['any action', trust({ Action: '*' }), [`trust-action-wide ${one}.Action`]],
  ['every action of STS', trust({ Action: ['sts:*'] }), [`trust-action-wide ${one}.Action[0]`]],
  ['an action that assumes nothing', trust({ Action: 'sts:TagSession' }), ['principal-missing $.Statement']],
  ['denied only', trust({ Effect: 'Deny' }), ['principal-missing $.Statement']],

  // For whom.
  ['no condition', trust({ Condition: undefined }), [`no-confused-deputy ${one}`]],
  [
    'a condition on something else',
    trust({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    [`no-confused-deputy ${one}`],
  ],
  [
    'any account',
    trust(arn({ 'aws:SourceArn': 'arn:aws:ecs:us-west-2:*:*' })),
    [`no-confused-deputy ${inArn}`],
  ],
  ['any source', trust(arn({ 'aws:SourceArn': '*' })), [`no-confused-deputy ${inArn}`]],
  [
    'any account by a pattern',
    trust({ Condition: { StringLike: { 'aws:SourceAccount': '*' } } }),
    [`no-confused-deputy ${one}.Condition.StringLike["aws:SourceAccount"]`],
  ],
  [
    'one account or any',
    trust({ Condition: { StringLike: { 'aws:SourceAccount': [account, '1*'] } } }),
    [`no-confused-deputy ${one}.Condition.StringLike["aws:SourceAccount"]`],
  ],
  [
    'all accounts but one',
    trust({ Condition: { StringNotEquals: { 'aws:SourceAccount': account } } }),
    [`no-confused-deputy ${one}.Condition.StringNotEquals["aws:SourceAccount"]`],
  ],
  [
    'only where a source is told',
    trust(arn({}, 'ArnLikeIfExists')),
    [`condition-weak ${one}.Condition.ArnLikeIfExists["aws:SourceArn"]`],
  ],
  [
    'all values of none',
    trust(arn({}, 'ForAllValues:ArnLike')),
    [`condition-weak ${one}.Condition["ForAllValues:ArnLike"]["aws:SourceArn"]`],
  ],
  [
    'an operator nobody knows',
    trust(arn({}, 'ArnIsLike')),
    [`unknown ${one}.Condition.ArnIsLike["aws:SourceArn"]`],
  ],
  [
    'a Deny on the source',
    {
      ...goodTrust,
      Statement: [
        { ...goodTrust.Statement[0], Condition: undefined },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'sts:AssumeRole',
          Condition: { StringNotEquals: { 'aws:SourceAccount': account } },
        },
      ],
    },
    ['unknown $.Statement[1].Condition.StringNotEquals["aws:SourceAccount"]'],
  ],

  // By which ARN.
  [
    'one cluster',
    trust(arn({ 'aws:SourceArn': `arn:aws:ecs:us-west-2:${account}:cluster/web` })),
    [`source-arn-cluster ${inArn}`],
  ],
  [
    'all clusters, spelled out',
    trust(arn({ 'aws:SourceArn': `arn:aws:ecs:us-west-2:${account}:cluster/*` })),
    [`source-arn-cluster ${inArn}`],
  ],
  [
    'a task',
    trust(arn({ 'aws:SourceArn': `arn:aws:ecs:us-west-2:${account}:task/web/*` })),
    [`source-arn-cluster ${inArn}`],
  ],
  [
    'another service',
    trust(arn({ 'aws:SourceArn': `arn:aws:s3:us-west-2:${account}:*` })),
    [`source-arn-never ${inArn}`],
  ],
  [
    'a star that is a letter',
    trust(arn({}, 'StringEquals')),
    [`source-arn-never ${one}.Condition.StringEquals["aws:SourceArn"]`],
  ],
  ['no ARN', trust(arn({ 'aws:SourceArn': 'cluster/web' })), [`unknown ${inArn}`]],
  [
    'a region of another partition',
    trust(arn({ 'aws:SourceArn': `arn:aws:ecs:cn-north-1:${account}:*` })),
    [`partition-mismatch ${inArn}`],
  ],

  // Of which account.
  [
    'two accounts',
    trust({ Condition: { ...arn({}).Condition, StringEquals: { 'aws:SourceAccount': '999988887777' } } }),
    [`account-mismatch ${one}.Condition.StringEquals["aws:SourceAccount"]`],
  ],
  [
    'another than asked',
    goodTrust,
    [`account-mismatch ${inArn}`, `account-mismatch ${one}.Condition.StringEquals["aws:SourceAccount"]`],
    { account: '999988887777' },
  ],
  [
    'a number',
    trust({ Condition: { StringEquals: { 'aws:SourceAccount': Number(account) } } }),
    [`unknown ${one}.Condition.StringEquals["aws:SourceAccount"]`],
  ],

  // Of a container instance.
  ['an instance role', trust({ Principal: { Service: 'ec2.amazonaws.com' }, Condition: undefined }), []],
  [
    'an instance role in China',
    trust({ Principal: { Service: 'ec2.amazonaws.com.cn' }, Condition: undefined }),
    [],
  ],
  ['ECS Anywhere', trust({ Principal: { Service: 'ssm.amazonaws.com' }, Condition: undefined }), []],
  [
    'an instance role for tasks too',
    trust({ Principal: { Service: ['ec2.amazonaws.com', tasks] } }),
    [`principal-other ${one}.Principal.Service[0]`],
  ],
  [
    'a task role asked as an instance\u2019s',
    goodTrust,
    ['principal-missing $.Statement', `principal-other ${one}.Principal.Service`],
    { role: 'instance' },
  ],

  // What is no trust policy.
  ['nothing in it', { Version: '2012-10-17', Statement: [] }, ['unknown $']],
  [
    'an effect nobody knows',
    trust({ Effect: 'allow' }),
    ['principal-missing $.Statement', `unknown ${one}.Effect`],
  ],
  ['an element nobody knows', trust({ Conditions: {} }), [`unknown ${one}.Conditions`]],
  ['a version nobody knows', { ...goodTrust, Version: '2025-01-01' }, ['unknown $.Version']],
  ['the policy of a resource', trust({ Resource: '*' }), ['unknown $']],
  [
    'a condition that is a text',
    trust({ Condition: 'none' }),
    [`no-confused-deputy ${one}`, `unknown ${one}.Condition`],
  ],
  [
    'both principals',
    trust({ NotPrincipal: { AWS: '*' } }),
    [`principal-wide ${one}.NotPrincipal`, `unknown ${one}`],
  ],
  ['a statement that is a text', { Statement: ['Allow'] }, ['unknown $']],
]

t.test('a trust policy lets ECS alone assume the role, for one account', async t => {
  for (const [name, policy, says, asked] of cases)
    t.same([...said(policy, asked)].sort(), [...says].sort(), name)
})

t.test('what get-role tells of the role is compared', async t => {
  const at = '$.Role.AssumeRolePolicyDocument.Statement[0]'
  const self = `arn:aws:iam::${account}:role/web`
  const asks = (policy: unknown, arn?: string, asked: object = {}) => said(getRole(policy, arn), asked)
  t.same(asks(goodTrust), [], 'right')
  t.same(asks(trust({ Principal: { Service: tasks, AWS: self } })), [], 'may assume itself')
  t.same(
    asks(trust({ Principal: { Service: tasks, AWS: `${self}-other` } })),
    [`principal-other ${at}.Principal.AWS`],
    'another role may not',
  )
  t.same(
    asks(goodTrust, 'arn:aws:iam::999988887777:role/web'),
    [
      `account-mismatch ${at}.Condition.ArnLike["aws:SourceArn"]`,
      `account-mismatch ${at}.Condition.StringEquals["aws:SourceAccount"]`,
    ],
    'a role of another account',
  )
  t.same(
    asks(goodTrust, undefined, { account: '999988887777' }),
    ['account-mismatch $.Role.Arn'],
    'another account than asked',
  )
  t.same(
    asks(
      trust(arn({ 'aws:SourceArn': `arn:aws:ecs:*:${account}:*` })),
      `arn:aws-cn:iam::${account}:role/web`,
    ),
    [`partition-mismatch ${at}.Condition.ArnLike["aws:SourceArn"]`],
    'a role of another partition',
  )
})

t.test('a trust policy without a principal is known by its action', async t => {
  t.same(said(statement({ Effect: 'Allow', Action: 'sts:AssumeRole' })), ['principal-missing $.Statement'])
})
