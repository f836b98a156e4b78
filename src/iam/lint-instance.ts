import { instanceActions, isCovered } from './actions.js'
import { itemsOf, textOf, type Part } from './part.js'
import { finding, type Remark } from './remark.js'
import type { Statement } from './statements.js'

/** Permissions of a container instance role: no more than its agent needs, for whoever reaches the metadata service has them. */
export const lintInstance = (statements: readonly Statement[]): readonly Remark[] =>
  statements.filter(({ effect }) => effect === 'Allow').flatMap(extras)

const minimum = 'AmazonEC2ContainerServiceforEC2Role'

function extras(statement: Statement): readonly Remark[] {
  return [
    ...itemsOf(statement.notAction)
      .slice(0, 1)
      .map(() => extra(statement.notAction, 'NotAction with Allow permits everything that is not named')),
    ...statement.actions.flatMap(action => {
      const name = textOf(action)
      if (isCovered(name, instanceActions)) return []
      if (name.toLowerCase() !== 'ecs:tagresource') return [extra(action, `${name} is not of ${minimum}`)]
      return isTaggingNew(statement)
        ? []
        : [extra(action, `${name} without the condition on ecs:CreateAction tags what is there already`)]
    }),
  ]
}

const extra = (at: Part, why: string): Remark =>
  finding(
    'instance-extra',
    at,
    why,
    `take it out, and give it to the task role of whoever needs it; ${minimum} is enough for the agent`,
  )

/** Only while a cluster or a container instance is made. */
const isTaggingNew = ({ conditions }: Statement): boolean =>
  conditions.some(
    ({ operator, key, values }) =>
      operator === 'StringEquals' &&
      key === 'ecs:createaction' &&
      values.every(value => ['CreateCluster', 'RegisterContainerInstance'].includes(textOf(value))),
  )
