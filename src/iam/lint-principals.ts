import { covers } from './actions.js'
import { isAccount, parseArn } from './arn.js'
import { textOf, type Part } from './part.js'
import { finding, unknown, type Remark } from './remark.js'
import type { Principal, Statement } from './statements.js'

/** Who a role is for. */
export interface Assumers {
  /** Services that must be among its principals: one of them. */
  readonly services: readonly string[]
  /** "a task" */
  readonly whom: string
  /** The role's own ARN, where the file tells it. */
  readonly self: string | undefined
}

/** The statements that let the role's service assume it, and what is wrong with who may. */
export function lintPrincipals(
  policy: Part,
  allowing: readonly Statement[],
  assumers: Assumers,
): { readonly serving: readonly Statement[]; readonly remarks: readonly Remark[] } {
  const [service = ''] = assumers.services
  const serving = allowing.filter(
    ({ principals, actions }) =>
      principals.some(({ type, at }) => type === 'Service' && assumers.services.includes(textOf(at))) &&
      actions.some(action => covers(textOf(action), 'sts:AssumeRole')),
  )
  const missing =
    serving.length > 0
      ? []
      : [
          finding(
            'principal-missing',
            policy.at('Statement'),
            `no statement lets ${assumers.services.join(' or ')} do sts:AssumeRole, so ${assumers.whom} never gets this role`,
            `"Principal": {"Service": "${service}"}, "Action": "sts:AssumeRole"`,
          ),
        ]
  return { serving, remarks: [...missing, ...allowing.flatMap(statement => wide(statement, assumers))] }
}

function wide(statement: Statement, assumers: Assumers): readonly Remark[] {
  const everybodyElse =
    statement.notPrincipal.value === undefined
      ? []
      : [
          finding(
            'principal-wide',
            statement.notPrincipal,
            'NotPrincipal with Allow lets in everybody who is not named',
            `name who may: "Principal": {"Service": "${assumers.services[0] ?? ''}"}`,
          ),
        ]
  const actions = statement.actions
    .filter(action => /[*?]/.test(textOf(action)))
    .map(action =>
      finding(
        'trust-action-wide',
        action,
        `${textOf(action)} is more than assuming the role`,
        '"Action": "sts:AssumeRole"',
      ),
    )
  const others = statement.principals.flatMap(principal => judge(principal, assumers))
  return [...everybodyElse, ...others, ...actions]
}

function judge({ type, at }: Principal, { services, self }: Assumers): readonly Remark[] {
  const name = textOf(at)
  const fix = `take it out, and leave "Service": "${services[0] ?? ''}"`
  if (type === 'Service' && services.includes(name)) return []
  if (type === 'AWS' && self !== undefined && name === self) return []
  if (name === '*') return [finding('principal-wide', at, 'everybody may assume this role', fix)]
  if (type === 'AWS' && (isAccount(name) || parseArn(name)?.resource === 'root'))
    return [finding('principal-wide', at, `whoever that account lets may assume this role: ${name}`, fix)]
  if (type === 'AWS' && self === undefined && parseArn(name) !== null)
    return [
      unknown(
        at,
        `could be the role itself, which is fine, or another: the output of \`aws iam get-role\` tells`,
      ),
    ]
  if (['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(type) && name !== '')
    return [finding('principal-other', at, `${name} may assume this role too`, fix)]
  return [unknown(at, 'no principal that is known')]
}
