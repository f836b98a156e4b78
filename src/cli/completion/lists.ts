import { taskPolicies } from '../../iam/task-policies.js'
import { scripts } from './index.js'
import type { Lists } from './vocabulary.js'

/** The names that can be typed, of this program. */
export const listsOf = (controls: readonly { readonly id: string }[]): Lists => ({
  control: controls.map(({ id }) => id),
  'task policy': Object.keys(taskPolicies),
  script: Object.keys(scripts),
})
