import type { Partition } from './partition.js'
import type { PolicyDocument } from './policy-document.js'

/** What a policy may be asked for. */
interface Wanted {
  /** Without a wildcard. */
  readonly buckets: readonly string[]
  readonly partition: Partition
}

export type TaskPolicy = keyof typeof taskPolicies

/** Permissions of a task's role, as the ECS Developer Guide lists them under "Task IAM role". */
export const taskPolicies = {
  /** For code that asks the ECR API itself; pulling the task's own image is the execution role's. */
  'ecr-pull': () =>
    allow(['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:GetAuthorizationToken'], '*'),
  /** Between the SSM agent that ECS Exec puts into a container and the SSM service. */
  'ecs-exec': () =>
    allow(
      [
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
      '*',
    ),
  's3-read': ({ buckets, partition }) =>
    allow(
      ['s3:GetObject'],
      buckets.map(bucket => `arn:${partition}:s3:::${bucket}/*`),
    ),
} as const satisfies Readonly<Record<string, (wanted: Wanted) => PolicyDocument>>

const allow = (actions: readonly string[], resources: string | readonly string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: resources }],
})
