import { lint, type Asked, type Input } from '../../src/iam/lint.js'
import { trustPolicy } from '../../src/iam/trust-policy.js'
import { parsePart } from '../../src/cli/json/parse-part.js'

export const account = '111122223333'
export const goodTrust = trustPolicy({ account, region: 'us-west-2', partition: 'aws' })

export const statement = (given: object) => ({ Version: '2012-10-17', Statement: [given] })

/** A trust policy that is right but for what is given; undefined takes away. */
export const trust = (given: object) => statement({ ...goodTrust.Statement[0], ...given })

export const allow = (Action: unknown, Resource: unknown, more: object = {}) =>
  statement({ Effect: 'Allow', Action, Resource, ...more })

/** As `aws iam get-role` prints a role. */
export const getRole = (document: unknown, arn = `arn:aws:iam::${account}:role/web`) => ({
  Role: { Path: '/', RoleName: 'web', RoleId: 'AROAEXAMPLE', Arn: arn, AssumeRolePolicyDocument: document },
})

export const attached = (...arns: readonly string[]) => ({
  AttachedPolicies: arns.map(arn => ({ PolicyName: arn.split('/').at(-1), PolicyArn: arn })),
})

/** The managed policy, v10: what a container instance needs. */
export const containerInstance = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'ec2:DescribeTags',
        'ecs:CreateCluster',
        'ecs:DeregisterContainerInstance',
        'ecs:DiscoverPollEndpoint',
        'ecs:Poll',
        'ecs:RegisterContainerInstance',
        'ecs:StartTelemetrySession',
        'ecs:UpdateContainerInstancesState',
        'ecs:Submit*',
        'ecr:GetAuthorizationToken',
        'ecr:BatchCheckLayerAvailability',
        'ecr:GetDownloadUrlForLayer',
        'ecr:BatchGetImage',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
      ],
      Resource: '*',
    },
    {
      Effect: 'Allow',
      Action: 'ecs:TagResource',
      Resource: '*',
      Condition: { StringEquals: { 'ecs:CreateAction': ['CreateCluster', 'RegisterContainerInstance'] } },
    },
    {
      Effect: 'Allow',
      Action: ['ecs:ListTagsForResource'],
      Resource: ['arn:aws:ecs:*:*:task/*/*', 'arn:aws:ecs:*:*:container-instance/*/*'],
    },
  ],
}

/** What is said of one file: "rule $.path", "unknown $.path". */
export const said = (content: unknown, asked: Partial<Asked> = {}): readonly string[] =>
  saidOfAll([content], asked)[0] ?? []

export const saidOfAll = (
  contents: readonly unknown[],
  asked: Partial<Asked> = {},
): readonly (readonly string[])[] =>
  lintAll(contents, asked).map(({ findings, unknown }) => [
    ...findings.map(({ rule, path }) => `${rule} ${path}`),
    ...unknown.map(({ path }) => `unknown ${path}`),
  ])

export const lintAll = (contents: readonly unknown[], asked: Partial<Asked> = {}) =>
  lint(contents.map(inputOf), { role: undefined, account: undefined, ...asked }, parsePart)

const inputOf = (content: unknown, index: number): Input => ({
  file: `${index}.json`,
  content: { text: typeof content === 'string' ? content : JSON.stringify(content, null, 2) },
})
