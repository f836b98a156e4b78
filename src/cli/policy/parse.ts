import { parseTree, type Node, type ParseError } from 'jsonc-parser'
import { TaskfenceError } from '../../model/errors.js'
import type { ControlId, Policy } from '../../model/policy.js'
import { complaint } from './complaint.js'
import { policySchema } from './schema.js'
import { syntaxWords } from './syntax.js'

/** What a policy file says, which may be a part. Throws E_POLICY with the line and what was expected. */
export function parsePolicy(
  text: string,
  file: string,
  controls: readonly { readonly id: ControlId; readonly title?: string }[],
): Partial<Policy> {
  const refuse = (offset: number, message: string) =>
    new TaskfenceError('E_POLICY', `${file}:${lineOf(text, offset)}: ${message}`, {
      hint: 'Nothing was changed.',
    })

  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  const [error] = errors
  if (error !== undefined || tree === undefined)
    throw refuse(error?.offset ?? 0, `not valid JSON: ${syntaxWords(error)}`)
  const twin = findTwin(tree)
  if (twin !== undefined) throw refuse(twin.offset, `the key ${JSON.stringify(twin.value)} stands twice`)

  const schema = policySchema(controls.map(({ id, title }) => ({ id, title: title ?? id })))
  // Not the tree's own value: only JSON.parse gives plain data, "__proto__" as a key included.
  const result = schema.safeParse(JSON.parse(text))
  if (result.success) return result.data as Partial<Policy>
  const { offset, message } = complaint(result.error.issues, tree, schema)
  throw refuse(offset, message)
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** The second of two equal keys in one object: JSON.parse would take it and say nothing. */
function findTwin(node: Node): Node | undefined {
  const children = node.children ?? []
  if (node.type === 'object') {
    const keys = children.flatMap(property => property.children?.[0] ?? [])
    const twin = keys.find((key, index) => keys.slice(0, index).some(earlier => earlier.value === key.value))
    if (twin !== undefined) return twin
  }
  for (const child of children) {
    const twin = findTwin(child)
    if (twin !== undefined) return twin
  }
  return undefined
}
