import { parseArn } from './arn.js'
import { entriesOf, isObject, itemsOf, textOf, type Part } from './part.js'
import { unknown, type Remark } from './remark.js'

export interface Statement {
  readonly at: Part
  readonly effect: 'Allow' | 'Deny'
  readonly principals: readonly Principal[]
  readonly notPrincipal: Part
  readonly actions: readonly Part[]
  readonly notAction: Part
  readonly resources: readonly Part[]
  readonly notResource: Part
  readonly conditions: readonly Condition[]
}

export interface Principal {
  /** "Service", "AWS", "Federated", "CanonicalUser"; "*" for everybody. */
  readonly type: string
  readonly at: Part
}

export interface Condition {
  /** "ArnLike", "ForAnyValue:StringEqualsIfExists" */
  readonly operator: string
  /** In lower case, as IAM compares it. */
  readonly key: string
  readonly at: Part
  readonly values: readonly Part[]
}

export interface ReadStatements {
  readonly statements: readonly Statement[]
  /** What is not as the grammar of IAM policies says: the rest is read all the same, and is not all there is. */
  readonly remarks: readonly Remark[]
}

export function readStatements(policy: Part): ReadStatements {
  const found = itemsOf(policy.at('Statement'))
  const read = found.map(readStatement)
  const version = policy.at('Version')
  const remarks = [
    ...strangers(policy, ['Version', 'Id', 'Statement']),
    ...(version.value === undefined || versions.includes(textOf(version))
      ? []
      : [unknown(version, `no version of the policy language: expected ${versions.join(' or ')}`)]),
    ...(found.length === 0 ? [unknown(policy, 'there is no statement in it')] : []),
  ]
  return {
    statements: read.flatMap(({ statement }) => statement ?? []),
    remarks: [...remarks, ...read.flatMap(one => one.remarks)],
  }
}

const versions = ['2012-10-17', '2008-10-17']

function readStatement(at: Part): {
  readonly statement: Statement | undefined
  readonly remarks: readonly Remark[]
} {
  const effect = textOf(at.at('Effect'))
  if (!isObject(at.value)) return { statement: undefined, remarks: [unknown(at, 'a statement is an object')] }
  if (effect !== 'Allow' && effect !== 'Deny')
    return { statement: undefined, remarks: [unknown(at.at('Effect'), 'expected Allow or Deny')] }
  const statement = {
    at,
    effect,
    principals: principalsIn(at.at('Principal')),
    notPrincipal: at.at('NotPrincipal'),
    actions: itemsOf(at.at('Action')),
    notAction: at.at('NotAction'),
    resources: itemsOf(at.at('Resource')),
    notResource: at.at('NotResource'),
    conditions: conditionsIn(at.at('Condition')),
  } as const
  return { statement, remarks: faults(statement) }
}

function faults({ at, principals, actions, notAction, resources, conditions }: Statement): readonly Remark[] {
  const texts = [...principals.map(principal => principal.at), ...conditions.flatMap(({ values }) => values)]
  return [
    ...strangers(at, elements),
    ...twoOfAKind(at),
    ...(actions.length === 0 && notAction.value === undefined ? [unknown(at, 'Action is missing')] : []),
    ...texts.filter(part => !isScalar(part.value)).map(part => unknown(part, 'expected a text')),
    ...actions
      .filter(part => !/^(\*|[\w-]+:[\w*?-]+)$/.test(textOf(part)))
      .map(part => unknown(part, 'expected an action, as "s3:GetObject"')),
    ...resources
      .filter(part => !/^\*+$/.test(textOf(part)) && parseArn(textOf(part)) === null)
      .map(part => unknown(part, 'expected an ARN or "*"')),
    ...[at.at('Condition'), ...entriesOf(at.at('Condition')).map(([, keys]) => keys)]
      .filter(part => part.value !== undefined && !isObject(part.value))
      .map(part => unknown(part, 'expected an object')),
  ]
}

const elements = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]

const strangers = (part: Part, known: readonly string[]): readonly Remark[] =>
  entriesOf(part)
    .filter(([key]) => !known.includes(key))
    .map(([key, value]) => unknown(value, `${JSON.stringify(key)} is no element of a policy`))

const twoOfAKind = (at: Part): readonly Remark[] =>
  ['Principal', 'Action', 'Resource']
    .filter(name => at.at(name).value !== undefined && at.at(`Not${name}`).value !== undefined)
    .map(name => unknown(at, `${name} and Not${name} cannot stand in one statement`))

function principalsIn(part: Part): readonly Principal[] {
  if (part.value === undefined) return []
  if (!isObject(part.value)) return [{ type: textOf(part) === '*' ? '*' : '', at: part }]
  return entriesOf(part).flatMap(([type, value]) => itemsOf(value).map(at => ({ type, at })))
}

const conditionsIn = (part: Part): readonly Condition[] =>
  entriesOf(part).flatMap(([operator, keys]) =>
    entriesOf(keys).map(([key, at]) => ({ operator, key: key.toLowerCase(), at, values: itemsOf(at) })),
  )

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)
