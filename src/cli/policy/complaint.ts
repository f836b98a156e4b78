import { findNodeAtLocation, type Node } from 'jsonc-parser'
import type * as z from 'zod/mini'
import { nearest } from '../nearest.js'

export interface Complaint {
  /** Where in the text. */
  readonly offset: number
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** The first thing that is wrong in the order of the text; an unknown key before what is missing because of it. */
export function complaint(issues: readonly Issue[], tree: Node, schema: z.core.$ZodType): Complaint {
  const unknownKeys = issues.filter(({ code }) => code === 'unrecognized_keys')
  const telling = unknownKeys.length > 0 ? unknownKeys : issues
  return telling
    .map(issue => complain(issue, tree, schema))
    .reduce((first, other) => (other.offset < first.offset ? other : first))
}

function complain(issue: Issue, tree: Node, schema: z.core.$ZodType): Complaint {
  const path = issue.path.filter(step => typeof step !== 'symbol')
  const node = findNodeAtLocation(tree, path) ?? parentOf(tree, path)
  const name = pathWords(path)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return { offset: keyOffset(node, key), message: unknownKey(key, name, knownKeys(schema, path)) }
  }
  const found = node === findNodeAtLocation(tree, path) ? `, found ${valueWords(node)}` : ''
  const message =
    issue.code === 'custom'
      ? `${issue.message}${isScalar(node) ? found : ''}`
      : `expected ${expected(issue)}${found}`
  return { offset: node.offset, message: name === '' ? message : `${name}: ${message}` }
}

function expected(issue: Issue): string {
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(value => JSON.stringify(value)))
  if (issue.code === 'invalid_type') return typeWords[issue.expected] ?? issue.expected
  return issue.message
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
}

function unknownKey(key: string, name: string, known: readonly string[]): string {
  const what = name === 'controls' ? 'control' : 'key'
  const suggestion = nearest(key, known)
  const way =
    suggestion === undefined ? `expected ${oneOf(known)}` : `did you mean ${JSON.stringify(suggestion)}?`
  return `unknown ${what} ${JSON.stringify(key)}; ${way}`
}

/** The keys that the schema knows where the unknown one stands. */
function knownKeys(schema: z.core.$ZodType, path: readonly (string | number)[]): readonly string[] {
  let here: z.core.$ZodType = schema
  for (const step of path) {
    here = inner(here)
    here = typeof step === 'number' ? (elementOf(here) ?? here) : (shapeOf(here)[step] ?? here)
  }
  return Object.keys(shapeOf(inner(here))).filter(key => key !== '$schema')
}

const inner = (type: z.core.$ZodType): z.core.$ZodType =>
  type._zod.def.type === 'optional' ? (type as z.core.$ZodOptional)._zod.def.innerType : type
const elementOf = (type: z.core.$ZodType) =>
  type._zod.def.type === 'array' ? (type as z.core.$ZodArray)._zod.def.element : undefined
const shapeOf = (type: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> =>
  type._zod.def.type === 'object' ? (type as z.core.$ZodObject)._zod.def.shape : {}

/** A missing key has no place of its own: the nearest thing around it that is there. */
function parentOf(tree: Node, path: readonly (string | number)[]): Node {
  for (let length = path.length - 1; length > 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length))
    if (node !== undefined) return node
  }
  return tree
}

const keyOffset = (object: Node, key: string): number =>
  object.children?.find(property => property.children?.[0]?.value === key)?.offset ?? object.offset

const pathWords = (path: readonly (string | number)[]): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('')

const isScalar = (node: Node): boolean => node.type !== 'object' && node.type !== 'array'
const valueWords = (node: Node): string =>
  node.type === 'object' ? 'an object' : node.type === 'array' ? 'a list' : JSON.stringify(node.value)

const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
