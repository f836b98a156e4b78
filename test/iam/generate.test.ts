import fc from 'fast-check'
import t from 'tap'
import { partitionOf } from '../../src/iam/partition.js'
import { taskfence } from '../cli/fakes.js'

fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const printed = async (argv: string): Promise<unknown> => {
  const { exit, stdout, stderr, asked } = await taskfence(argv.split(' '), { userId: 1000 })
  t.same({ exit, stderr, asked }, { exit: 0, stderr: '', asked: [] }, argv)
  return JSON.parse(stdout)
}

t.test('the trust policy lets ECS assume the role, for one account and region', async t => {
  for (const [region, partition] of [
    ['us-west-2', 'aws'],
    ['ap-southeast-7', 'aws'],
    ['cn-northwest-1', 'aws-cn'],
    ['us-gov-east-1', 'aws-us-gov'],
  ])
    t.same(await printed(`iam trust-policy --account 111122223333 --region ${region ?? ''}`), {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'ecs-tasks.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            ArnLike: { 'aws:SourceArn': `arn:${partition ?? ''}:ecs:${region ?? ''}:111122223333:*` },
            StringEquals: { 'aws:SourceAccount': '111122223333' },
          },
        },
      ],
    })
})

t.test('policies are those AWS documents for task roles', async t => {
  const allowing = (Action: readonly string[], Resource: unknown) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource }],
  })
  t.same(
    await printed('iam policy ecr-pull'),
    allowing(['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:GetAuthorizationToken'], '*'),
  )
  t.same(
    await printed('iam policy ecs-exec'),
    allowing(
      ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'].map(
        action => `ssmmessages:${action}`,
      ),
      '*',
    ),
  )
  t.same(
    await printed('iam policy s3-read --bucket web --bucket web.logs'),
    allowing(['s3:GetObject'], ['arn:aws:s3:::web/*', 'arn:aws:s3:::web.logs/*']),
  )
  t.same(
    await printed('iam policy s3-read --bucket web --region cn-north-1'),
    allowing(['s3:GetObject'], ['arn:aws-cn:s3:::web/*']),
  )
})

t.test('what is no region of the three partitions is none', async t => {
  for (const region of [
    '',
    'us-iso-east-1',
    'us-isob-east-1',
    'eu-isoe-west-1',
    'eusc-de-east-1',
    'us-east-1a',
    'US-EAST-1',
    'us-east-1\n',
  ])
    t.equal(partitionOf(region), null, JSON.stringify(region))
  fc.assert(
    fc.property(fc.string(), text => partitionOf(text) === null || /^[a-z]+(-[a-z]+)+-\d+$/.test(text)),
  )
})
