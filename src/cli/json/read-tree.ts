import { parseTree, type Node, type ParseError } from 'jsonc-parser'
import { syntaxWords } from './syntax.js'

export interface Fault {
  /** Where in the text. */
  readonly offset: number
  readonly message: string
}

/** JSON in every detail, and no key twice in one object: JSON.parse would take the last and say nothing. */
export function readTree(text: string): { readonly tree: Node } | Fault {
  // Editors of Windows begin a file with one.
  if (text.startsWith('\ufeff'))
    return { offset: 0, message: 'not valid JSON: a byte order mark; save it as UTF-8 without one' }
  const errors: ParseError[] = []
  let tree
  try {
    tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { offset: 0, message: 'not read: nested too deeply' }
  }
  const [error] = errors
  if (text.trim() === '') return { offset: 0, message: `not valid JSON: ${syntaxWords(undefined)}` }
  if (error !== undefined || tree === undefined)
    return { offset: error?.offset ?? 0, message: `not valid JSON: ${syntaxWords(error)}` }
  const twin = findTwin(tree)
  return twin === undefined
    ? { tree }
    : { offset: twin.offset, message: `the key ${JSON.stringify(twin.value)} stands twice` }
}

/** 1 for the first. */
export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** The second of two equal keys in one object. */
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
