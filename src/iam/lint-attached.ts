import type { RoleKind } from '../model/iam.js'
import { parseArn } from './arn.js'
import { textOf, type Part } from './part.js'
import { finding, unknown, type Remark } from './remark.js'

/** What the names of attached policies tell. What is in a policy of one's own, they do not. */
export const lintAttached = (policies: readonly Part[], role: RoleKind): readonly Remark[] =>
  policies.flatMap(policy => {
    const at = policy.at('PolicyArn')
    const arn = parseArn(textOf(at))
    const name = arn?.resource.split('/').at(-1)
    if (arn === null || arn.service !== 'iam' || name === undefined)
      return [unknown(policy, 'no attached policy')]
    if (arn.account !== 'aws')
      return [
        unknown(
          at,
          `what ${name} permits is not told here: lint the output of \`aws iam get-policy-version\` too`,
        ),
      ]
    return judge(at, name, role)
  })

const instancePolicy = 'AmazonEC2ContainerServiceforEC2Role'
const executionPolicy = 'AmazonECSTaskExecutionRolePolicy'

function judge(at: Part, name: string, role: RoleKind): readonly Remark[] {
  if (role === 'instance') {
    if (name === instancePolicy) return []
    const why = `${name} beside ${instancePolicy}: whoever reaches the metadata service has it too`
    return [
      finding(
        'instance-extra',
        at,
        why,
        'detach it, and give what is needed to the task role of whoever needs it',
      ),
    ]
  }
  if (name === instancePolicy)
    return [
      finding(
        'instance-role',
        at,
        'what the agent of a host does, no task',
        'attach it to the container instance role alone',
      ),
    ]
  if (name === executionPolicy)
    return role === 'execution'
      ? []
      : [
          finding(
            'execution-role',
            at,
            'what ECS does before the code runs',
            'attach it to the task execution role',
          ),
        ]
  return /FullAccess|^AdministratorAccess$|^PowerUserAccess$/.test(name)
    ? [
        finding(
          'wildcard-action',
          at,
          `${name} permits far more than one task does`,
          'a policy with the actions and ARNs that the code uses',
        ),
      ]
    : [
        unknown(
          at,
          `what ${name} permits is not told here: lint the output of \`aws iam get-policy-version\` too`,
        ),
      ]
}
