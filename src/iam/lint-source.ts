import { isAccount, isWild, parseArn } from './arn.js'
import { partitionOf } from './partition.js'
import { textOf, type Part } from './part.js'
import { finding, unknown, type Remark } from './remark.js'
import type { Condition, Statement } from './statements.js'

/** What is known of the role beside its policy. */
export interface Known {
  readonly account: string | undefined
  readonly partition: string | undefined
}

/** Is the statement bound to tasks of one account, by a condition that ECS can meet? `denying`: the other statements. */
export function lintSource(
  statement: Statement,
  denying: readonly Statement[],
  known: Known,
): readonly Remark[] {
  const conditions = statement.conditions.filter(isSource)
  const told = conditions.flatMap(condition => judge(condition, known))
  const bound = conditions.some(
    condition => isPositive(condition) && condition.values.every(binds(condition.key)),
  )
  if (bound) return [...told, ...quarrel(conditions)]
  if (told.some(({ kind }) => kind === 'unknown')) return told
  const [denied] = denying.flatMap(other => other.conditions.filter(isSource))
  if (denied !== undefined)
    return [
      ...told,
      unknown(denied.at, 'a Deny speaks of the source; whether it binds the role is for a person to tell'),
    ]
  return [
    ...told,
    finding(
      'no-confused-deputy',
      conditions[0]?.at ?? statement.at,
      'nothing binds the role to tasks of one account: ECS could be made to use it for a task of another (confused deputy)',
      `the conditions that \`taskfence iam trust-policy --account ${known.account ?? 'ID'} --region REGION\` prints`,
    ),
  ]
}

const isSource = ({ key }: Condition): boolean =>
  ['aws:sourcearn', 'aws:sourceaccount', 'aws:sourceorgid', 'aws:sourceorgpaths'].includes(key)

const positive = ['StringEquals', 'StringEqualsIgnoreCase', 'StringLike', 'ArnEquals', 'ArnLike']
const negative = [
  'StringNotEquals',
  'StringNotEqualsIgnoreCase',
  'StringNotLike',
  'ArnNotEquals',
  'ArnNotLike',
  'Null',
]

const plain = (operator: string): string =>
  operator.replace(/^For(Any|All)Values?:/, '').replace(/IfExists$/, '')
const isPositive = ({ operator }: Condition): boolean => positive.includes(plain(operator))

/** A value that only the tasks of one account, or of one organization, can meet. */
const binds =
  (key: string) =>
  (value: Part): boolean => {
    const text = textOf(value)
    if (key === 'aws:sourcearn') return isAccount(parseArn(text)?.account ?? '')
    return key === 'aws:sourceaccount' ? isAccount(text) : /^o-[a-z0-9]{10,32}/.test(text)
  }

function judge(condition: Condition, known: Known): readonly Remark[] {
  const { operator, key, at, values } = condition
  if (!isPositive(condition))
    return negative.includes(plain(operator))
      ? []
      : [unknown(at, `${operator} is no operator that is known for a text or an ARN`)]
  const weak = /IfExists$|^ForAllValues:/.test(operator)
    ? [
        finding(
          'condition-weak',
          at,
          `${operator} is also true for a request that does not say where it comes from`,
          key === 'aws:sourcearn' ? 'ArnLike' : 'StringEquals',
        ),
      ]
    : []
  const of = values.flatMap(value =>
    key === 'aws:sourcearn'
      ? judgeArn(value, operator, known)
      : key === 'aws:sourceaccount'
        ? judgeAccount(value, known)
        : [],
  )
  return [...weak, ...of]
}

function judgeAccount(value: Part, known: Known): readonly Remark[] {
  const account = textOf(value)
  if (isWild(account)) return []
  if (!isAccount(account)) return [unknown(value, 'no number of an account: expected 12 digits in quotes')]
  return otherAccount(value, account, known)
}

function judgeArn(value: Part, operator: string, known: Known): readonly Remark[] {
  const text = textOf(value)
  const arn = parseArn(text)
  if (arn === null) return text === '*' ? [] : [unknown(value, 'no ARN')]
  const fix = `"arn:${arn.partition}:ecs:${arn.region}:${arn.account}:*"`
  if (arn.service !== 'ecs' && !isWild(arn.service))
    return [
      finding(
        'source-arn-never',
        value,
        `ECS never sends an ARN of ${arn.service}: no task gets this role`,
        fix,
      ),
    ]
  return [
    ...(arn.resource === '*'
      ? []
      : [
          finding(
            'source-arn-cluster',
            value,
            `names ${arn.resource}, but ECS supports all clusters only: tasks may not get this role`,
            fix,
          ),
        ]),
    ...(isWild(text) && /String(Not)?Equals/.test(operator)
      ? [
          finding(
            'source-arn-never',
            value,
            `${operator} takes the * for a letter, and is never true`,
            '"ArnLike"',
          ),
        ]
      : []),
    ...(isAccount(arn.account) ? otherAccount(value, arn.account, known) : []),
    ...otherPartition(value, arn, known),
  ]
}

const otherAccount = (value: Part, account: string, known: Known): readonly Remark[] =>
  known.account === undefined || known.account === account
    ? []
    : [
        finding(
          'account-mismatch',
          value,
          `names account ${account}, but the role is of ${known.account}`,
          `the account of the role: ${known.account}`,
        ),
      ]

function otherPartition(
  value: Part,
  { partition, region }: { readonly partition: string; readonly region: string },
  known: Known,
): readonly Remark[] {
  const wanted = isWild(region) ? known.partition : (partitionOf(region) ?? known.partition)
  return wanted === undefined || wanted === partition || isWild(partition)
    ? []
    : [
        finding(
          'partition-mismatch',
          value,
          `${region} does not lie in the partition ${partition}`,
          `"arn:${wanted}:…", as \`taskfence iam trust-policy\` prints it`,
        ),
      ]
}

/** Both keys must be met, so they must speak of one account. */
function quarrel(conditions: readonly Condition[]): readonly Remark[] {
  const accounts = (key: string, of: (text: string) => string) =>
    conditions
      .filter(condition => condition.key === key && isPositive(condition))
      .flatMap(({ values }) => values.map(value => of(textOf(value))))
  const byArn = accounts('aws:sourcearn', text => parseArn(text)?.account ?? '')
  const byAccount = accounts('aws:sourceaccount', text => text)
  const at = conditions.find(({ key }) => key === 'aws:sourceaccount')?.at
  if (at === undefined || ![...byArn, ...byAccount].every(isAccount) || byArn.length === 0) return []
  return byArn.some(account => byAccount.includes(account))
    ? []
    : [
        finding(
          'account-mismatch',
          at,
          `aws:SourceAccount names ${byAccount.join(', ')} and aws:SourceArn ${byArn.join(', ')}: no task meets both`,
          'one account in both',
        ),
      ]
}
