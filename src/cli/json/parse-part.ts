import { findNodeAtLocation, type Node } from 'jsonc-parser'
import { isObject, type ParsePart, type Part } from '../../iam/part.js'
import { lineOf, readTree } from './read-tree.js'

export const parsePart: ParsePart = (text, within) => {
  const read = readTree(text)
  if (!('tree' in read)) {
    const line = within?.line ?? lineOf(text, read.offset)
    return { line, because: read.message }
  }
  const { tree } = read
  // A text within a text stands on one line of the file.
  const line = (node: Node): number => within?.line ?? lineOf(text, node.offset)
  return { part: partOf(JSON.parse(text), tree, within?.path ?? '$', line(tree), line) }
}

function partOf(
  value: unknown,
  node: Node | undefined,
  path: string,
  line: number,
  lineOfNode: (node: Node) => number,
): Part {
  return {
    value,
    path,
    line,
    at(step) {
      const found = node === undefined ? undefined : findNodeAtLocation(node, [step])
      const inner = isObject(value) || Array.isArray(value) ? own(value, step) : undefined
      const deeper = `${path}${stepWords(step)}`
      return partOf(inner, found, deeper, found === undefined ? line : lineOfNode(keyOf(found)), lineOfNode)
    },
  }
}

const own = (value: object, step: string | number): unknown =>
  Object.hasOwn(value, step) ? (value as Readonly<Record<string | number, unknown>>)[step] : undefined

/** Where a person looks: at the key of a value, which may begin on a later line. */
const keyOf = (node: Node): Node =>
  node.parent?.type === 'property' ? (node.parent.children?.[0] ?? node) : node

const stepWords = (step: string | number): string =>
  typeof step === 'number'
    ? `[${step}]`
    : /^[A-Za-z_]\w*$/.test(step)
      ? `.${step}`
      : `[${JSON.stringify(step)}]`
