import type { RoleKind } from '../model/iam.js'
import { actionsOnEverything, agentActions, executionActions, isCovered } from './actions.js'
import { isWild, parseArn } from './arn.js'
import { itemsOf, textOf, type Part } from './part.js'
import { finding, unknown, type Remark } from './remark.js'
import type { Condition, Statement } from './statements.js'

/** Permissions of a task role or of an execution role: as few as the documents say, on as little as they say. */
export function lintTask(
  statements: readonly Statement[],
  role: Exclude<RoleKind, 'instance'>,
): readonly Remark[] {
  const allowing = statements.filter(({ effect }) => effect === 'Allow')
  return allowing.flatMap(statement => [
    ...wildActions(statement),
    ...wildResources(statement, role),
    ...misplaced(statement, role),
  ])
}

function wildActions({ actions, notAction }: Statement): readonly Remark[] {
  const fix = 'name each action that the code calls'
  return [
    ...itemsOf(notAction)
      .slice(0, 1)
      .map(() =>
        finding(
          'wildcard-action',
          notAction,
          'NotAction with Allow permits everything that is not named',
          fix,
        ),
      ),
    ...actions
      .filter(action => isWild(textOf(action)))
      .map(action =>
        finding('wildcard-action', action, `${textOf(action)} permits ${reach(textOf(action))}`, fix),
      ),
  ]
}

const reach = (action: string): string => {
  const [service = '', name] = action.split(':')
  if (name === undefined) return 'every action of every service'
  return name === '*'
    ? `every action of ${service}`
    : 'more actions than anybody named, and those that AWS adds later'
}

function wildResources(statement: Statement, role: 'task' | 'execution'): readonly Remark[] {
  const { at, actions, resources, notResource, conditions } = statement
  const fix = 'name the resources by ARN; put actions that know none into a statement of their own'
  if (notResource.value !== undefined)
    return [
      finding('wildcard-resource', notResource, 'NotResource with Allow permits all that is not named', fix),
    ]
  if (resources.length === 0) return [unknown(at, 'Resource is missing')]
  const harmless = [...actionsOnEverything, ...(role === 'execution' ? executionActions : [])]
  if (
    conditions.some(narrows) ||
    (actions.length > 0 && actions.every(one => isCovered(textOf(one), harmless)))
  )
    return []
  return resources
    .filter(resource => isEverything(textOf(resource)))
    .map(resource =>
      finding('wildcard-resource', resource, `${textOf(resource)} is ${everything(textOf(resource))}`, fix),
    )
}

/** A key of a service ("dynamodb:LeadingKeys") or of the resource speaks of what is reached; the others of who asks. */
const narrows = ({ key }: Condition): boolean => !key.startsWith('aws:') || key.startsWith('aws:resource')

/** "*", or an ARN that names no more than a type: "arn:aws:sqs:*:*:*", "arn:aws:dynamodb:eu-west-1:111122223333:table/*". */
function isEverything(resource: string): boolean {
  if (/^\*+$/.test(resource)) return true
  const arn = parseArn(resource)
  if (arn === null) return false
  // A bucket's name stands where other services have a type.
  const name = arn.service === 's3' ? arn.resource : arn.resource.replace(/^[a-z-]+[/:]/, '')
  return /^[*?/:]*$/.test(name)
}

const everything = (resource: string): string =>
  resource === '*'
    ? 'everything there is'
    : `every ${parseArn(resource)?.service ?? ''} resource it can stand for`

function misplaced({ actions }: Statement, role: 'task' | 'execution'): readonly Remark[] {
  const of = (list: readonly string[]): readonly Part[] =>
    actions.filter(action => isCovered(textOf(action), list))
  const agents = of(agentActions)
  const executions = role === 'execution' ? [] : of(executionActions)
  const names = (parts: readonly Part[]) => parts.map(textOf).join(', ')
  const pulls = executions.some(action => textOf(action).toLowerCase().startsWith('ecr:'))
  const logs = executions.some(action => textOf(action).toLowerCase().startsWith('logs:'))
  const checks = executions.find(action => textOf(action).toLowerCase() === 'ecr:batchchecklayeravailability')
  const [agent] = agents
  const [execution] = checks === undefined ? executions : [checks]
  return [
    ...(agent === undefined
      ? []
      : [
          finding(
            'instance-role',
            agent,
            `what the agent of a host does, no task: ${names(agents)}`,
            'give it to the container instance role alone; lint that role with --role instance',
          ),
        ]),
    // Code may pull images or write logs by itself; both in one statement is what ECS does before the code runs.
    ...(execution === undefined || !(checks !== undefined || (pulls && logs))
      ? []
      : [
          finding(
            'execution-role',
            execution,
            `what ECS does before the code runs: ${names(executions)}`,
            'give it to the task execution role (AmazonECSTaskExecutionRolePolicy); lint that role with --role execution',
          ),
        ]),
  ]
}
