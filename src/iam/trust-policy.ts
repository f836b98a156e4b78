import type { Partition } from './partition.js'
import type { PolicyDocument } from './policy-document.js'

/** The service that hands a task its role. The same in every partition. */
export const tasksService = 'ecs-tasks.amazonaws.com'

export interface Whose {
  /** 12 digits. */
  readonly account: string
  readonly region: string
  readonly partition: Partition
}

/**
 * Who may assume a task's role: ECS, for tasks of one account in one region, and nobody it could be tricked for. All
 * clusters, because ECS does not support a SourceArn that names one (ECS Developer Guide, "Task IAM role").
 */
export const trustPolicy = (whose: Whose): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: tasksService },
      Action: 'sts:AssumeRole',
      Condition: {
        ArnLike: { 'aws:SourceArn': sourceArn(whose) },
        StringEquals: { 'aws:SourceAccount': whose.account },
      },
    },
  ],
})

export const sourceArn = ({ account, region, partition }: Whose): string =>
  `arn:${partition}:ecs:${region}:${account}:*`
