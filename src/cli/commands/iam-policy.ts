import type { Command } from '../command.js'
import { exits } from '../exit.js'

const name = 'iam policy'

export const iamPolicy: Command = {
  name,
  synopsis: 'iam policy <name>',
  words: 1,
  completes: 'task policy',
  options: ['bucket', 'region', 'log-level'],
  summary: 'what a task may do: print a permission policy',
  story: `Prints permissions for a task role, as AWS documents them:
  ecr-pull  for code that asks ECR itself; pulling the task\u2019s own image is up to
            the execution role
  ecs-exec  for ECS Exec
  s3-read   objects of each --bucket; --region tells the partition (default aws)
Exit 0; 64: no such policy, or nothing that could be a bucket.`,
  needsRoot: false,
  async run(call) {
    const { words, options } = call
    const { bucketsIn, regionIn, taskPolicyIn } = await import('../iam.js')
    const { taskPolicies } = await import('../../iam/task-policies.js')
    const policy = taskPolicyIn(words[0], name)
    const { partition } =
      options.region === undefined ? { partition: 'aws' as const } : regionIn(options, name)
    const document = taskPolicies[policy]({ buckets: bucketsIn(policy, options, name), partition })
    call.print(`${JSON.stringify(document, null, 2)}\n`)
    return exits.ok
  },
}
