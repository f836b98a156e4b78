import { TaskfenceError } from '../../model/errors.js'
import type { ControlId } from '../../model/policy.js'
import { lineOf, readTree } from '../json/read-tree.js'
import { complaint } from './complaint.js'
import type { SaidPolicy } from './defaults.js'
import { policySchema } from './schema.js'

/** What a policy file says, which may be a part. Throws E_POLICY with the line and what was expected. */
export function parsePolicy(
  text: string,
  file: string,
  controls: readonly { readonly id: ControlId; readonly title?: string }[],
): SaidPolicy {
  const refuse = (offset: number, message: string) =>
    new TaskfenceError('E_POLICY', `${file}:${lineOf(text, offset)}: ${message}`, {
      hint: 'Nothing was changed.',
    })

  const read = readTree(text)
  if (!('tree' in read)) throw refuse(read.offset, read.message)

  const schema = policySchema(controls.map(({ id, title }) => ({ id, title: title ?? id })))
  // Not the tree's own value: only JSON.parse gives plain data, "__proto__" as a key included.
  const result = schema.safeParse(JSON.parse(text))
  if (result.success) return result.data as SaidPolicy
  const { offset, message } = complaint(result.error.issues, read.tree, schema)
  throw refuse(offset, message)
}
