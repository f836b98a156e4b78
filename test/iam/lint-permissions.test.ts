import t from 'tap'
import type { RoleKind } from '../../src/model/iam.js'
import { taskPolicies } from '../../src/iam/task-policies.js'
import {
  account,
  allow,
  attached,
  containerInstance,
  goodTrust,
  said,
  saidOfAll,
  statement,
  trust,
} from './policies.js'

const table = `arn:aws:dynamodb:eu-west-1:${account}:table/orders`
const one = '$.Statement[0]'
const execution = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchGetImage',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
]

type Case = readonly [name: string, policy: unknown, says: readonly string[], role?: RoleKind]

const cases: readonly Case[] = [
  ['one action on one thing', allow('dynamodb:GetItem', table), []],
  ['the objects of a bucket', allow('s3:GetObject', 'arn:aws:s3:::web/*'), []],
  [
    'a part of a log group',
    allow('logs:PutLogEvents', `arn:aws:logs:eu-west-1:${account}:log-group:/ecs/web:*`),
    [],
  ],
  ['actions that know no resource', allow(['cloudwatch:PutMetricData', 'xray:PutTraceSegments'], '*'), []],
  [
    'everything with a tag',
    allow('ec2:StopInstances', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'web' } } }),
    [],
  ],
  ['everything denied', statement({ Effect: 'Deny', Action: '*', Resource: '*' }), []],

  ['everything', allow('*', '*'), [`wildcard-action ${one}.Action`, `wildcard-resource ${one}.Resource`]],
  ['a service', allow(['s3:*'], 'arn:aws:s3:::web/*'), [`wildcard-action ${one}.Action[0]`]],
  ['a family of actions', allow('s3:Get*', 'arn:aws:s3:::web/*'), [`wildcard-action ${one}.Action`]],
  ['a letter left open', allow('s3:GetObjec?', 'arn:aws:s3:::web/*'), [`wildcard-action ${one}.Action`]],
  [
    'all but one action',
    statement({ Effect: 'Allow', NotAction: 'iam:*', Resource: table }),
    [`wildcard-action ${one}.NotAction`],
  ],
  ['every resource', allow('dynamodb:GetItem', '*'), [`wildcard-resource ${one}.Resource`]],
  ['every bucket', allow('s3:GetObject', 'arn:aws:s3:::*'), [`wildcard-resource ${one}.Resource`]],
  ['every queue', allow('sqs:SendMessage', ['arn:aws:sqs:*:*:*']), [`wildcard-resource ${one}.Resource[0]`]],
  [
    'every table',
    allow('dynamodb:GetItem', [table, `arn:aws:dynamodb:eu-west-1:${account}:table/*`]),
    [`wildcard-resource ${one}.Resource[1]`],
  ],
  [
    'all but one resource',
    statement({ Effect: 'Allow', Action: 's3:GetObject', NotResource: 'arn:aws:s3:::x' }),
    [`wildcard-resource ${one}.NotResource`],
  ],
  [
    'every resource over TLS',
    allow('s3:GetObject', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    [`wildcard-resource ${one}.Resource`],
  ],

  [
    'what the execution role does',
    allow(execution, '*'),
    [`execution-role ${one}.Action[1]`, `wildcard-resource ${one}.Resource`],
  ],
  [
    'logging and pulling',
    allow(['logs:PutLogEvents', 'ecr:BatchGetImage'], `arn:aws:ecr:eu-west-1:${account}:repository/web`),
    [`execution-role ${one}.Action[0]`],
  ],
  ['logging alone', allow('logs:PutLogEvents', `arn:aws:logs:eu-west-1:${account}:log-group:web:*`), []],
  [
    'what the agent does',
    allow(['ecs:Poll'], `arn:aws:ecs:eu-west-1:${account}:container-instance/web/*`),
    [`instance-role ${one}.Action[0]`],
  ],
  ['the execution role itself', allow(execution, '*'), [], 'execution'],
  [
    'an agent\u2019s execution role',
    allow('ecs:Poll', '*'),
    [`instance-role ${one}.Action`, `wildcard-resource ${one}.Resource`],
    'execution',
  ],

  ['the container instance minimum', containerInstance, [], 'instance'],
  ['a part of it', allow(['ecs:Poll', 'ecs:SubmitTaskStateChange'], '*'), [], 'instance'],
  [
    'one action more',
    allow(['ecs:Poll', 's3:GetObject'], '*'),
    [`instance-extra ${one}.Action[1]`],
    'instance',
  ],
  ['every action of ECS', allow('ecs:*', '*'), [`instance-extra ${one}.Action`], 'instance'],
  ['tagging what is there', allow('ecs:TagResource', '*'), [`instance-extra ${one}.Action`], 'instance'],
  [
    'all but one action, on a host',
    statement({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }),
    [`instance-extra ${one}.NotAction`],
    'instance',
  ],

  ['without a resource', statement({ Effect: 'Allow', Action: 's3:GetObject' }), ['unknown $']],
  [
    'without a resource, beside another',
    {
      Statement: [
        { Effect: 'Allow', Action: 's3:GetObject' },
        { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::web/*' },
      ],
    },
    ['unknown $.Statement[0]'],
  ],
  [
    'without an action',
    statement({ Effect: 'Allow', Resource: '*' }),
    [`unknown ${one}`, `wildcard-resource ${one}.Resource`],
  ],
  ['no action', allow('GetObject', table), [`unknown ${one}.Action`]],
  ['no ARN', allow('s3:GetObject', 'web/*'), [`unknown ${one}.Resource`]],
]

t.test('permissions are as few as the documents say', async t => {
  for (const [name, policy, says, role] of cases)
    t.same([...said(policy, { role })].sort(), [...says].sort(), name)
})

t.test('what get-policy-version and get-role-policy print is read', async t => {
  const policy = allow('s3:*', 'arn:aws:s3:::web/*')
  const version = { PolicyVersion: { VersionId: 'v1', IsDefaultVersion: true, Document: policy } }
  t.same(said(version), ['wildcard-action $.PolicyVersion.Document.Statement[0].Action'])
  const inline = { RoleName: 'web', PolicyName: 'read', PolicyDocument: policy }
  t.same(said(inline), ['wildcard-action $.PolicyDocument.Statement[0].Action'])
  const withPrincipal = { PolicyDocument: allow('s3:GetObject', 'arn:aws:s3:::web/*', { Principal: '*' }) }
  t.same(said(withPrincipal), ['unknown $.PolicyDocument.Statement[0].Principal'])
})

t.test('of attached policies the names tell', async t => {
  const aws = (name: string) => `arn:aws:iam::aws:policy/${name}`
  const minimum = aws('service-role/AmazonEC2ContainerServiceforEC2Role')
  const execution = aws('service-role/AmazonECSTaskExecutionRolePolicy')
  const own = `arn:aws:iam::${account}:policy/web`
  const at = (index: number) => `$.AttachedPolicies[${index}].PolicyArn`
  for (const [name, list, role, says] of [
    ['the minimum', [minimum], 'instance', []],
    [
      'the minimum and more',
      [minimum, aws('AmazonS3ReadOnlyAccess')],
      'instance',
      [`instance-extra ${at(1)}`],
    ],
    ['the minimum and one\u2019s own', [minimum, own], 'instance', [`unknown ${at(1)}`]],
    ['the agent\u2019s', [minimum], 'task', [`instance-role ${at(0)}`]],
    ['the execution role\u2019s', [execution], 'task', [`execution-role ${at(0)}`]],
    ['its own', [execution], 'execution', []],
    ['full access', [aws('AmazonS3FullAccess')], 'task', [`wildcard-action ${at(0)}`]],
    [
      'one nobody knows',
      [aws('AWSSomethingReadOnly'), own],
      'task',
      [`unknown ${at(0)}`, `unknown ${at(1)}`],
    ],
    ['none', [], 'task', []],
  ] as const)
    t.same(said(attached(...list), { role }), says, name)
  t.same(said({ ...attached(minimum), IsTruncated: true }, { role: 'instance' }), ['unknown $.IsTruncated'])
})

t.test('the trust policy beside them tells whose permissions they are', async t => {
  const instance = trust({ Principal: { Service: 'ec2.amazonaws.com' }, Condition: undefined })
  const extra = allow('s3:GetObject', 'arn:aws:s3:::web/*')
  t.same(saidOfAll([instance, extra]), [[], [`instance-extra ${one}.Action`]])
  t.same(saidOfAll([extra, instance]), [[`instance-extra ${one}.Action`], []], 'in any order')
  t.same(saidOfAll([goodTrust, extra]), [[], []])
  t.same(saidOfAll([goodTrust, instance, extra]), [[], [], ['unknown $']], 'two roles at once')
  t.match(said(containerInstance), [`instance-role ${one}.Action[2]`], 'without one a task\u2019s')
})

t.test('what taskfence prints is what it asks for', async t => {
  for (const [name, policy] of Object.entries(taskPolicies))
    t.same(said(policy({ buckets: ['web', 'logs'], partition: 'aws' })), [], name)
})
