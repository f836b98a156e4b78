import { isObject, itemsOf, textOf, type ParsePart, type Part } from './part.js'
import { unknown, type Remark } from './remark.js'

/** What a file holds. Raw policies, and what the AWS CLI and the IAM API print of roles and policies. */
export type Document =
  | { readonly holds: 'trust policy'; readonly policy: Part; readonly roleArn?: Part }
  | { readonly holds: 'permissions'; readonly policy: Part }
  | {
      readonly holds: 'attached policies'
      readonly at: Part
      readonly policies: readonly Part[]
      readonly remarks: readonly Remark[]
    }
  | { readonly holds: null; readonly remarks: readonly Remark[] }

export function documentIn(root: Part, parse: ParsePart): Document {
  const role = root.at('Role')
  const trust = role.at('AssumeRolePolicyDocument')
  if (trust.value !== undefined) {
    const policy = decoded(trust, parse)
    return 'because' in policy
      ? nothing(trust, policy.because)
      : { holds: 'trust policy', policy, roleArn: role.at('Arn') }
  }
  const attached = root.at('AttachedPolicies')
  if (attached.value !== undefined) return attachedIn(root, attached)
  const printed = [root.at('PolicyVersion').at('Document'), root.at('PolicyDocument')].find(
    part => part.value !== undefined,
  )
  if (printed !== undefined) {
    const policy = decoded(printed, parse)
    return 'because' in policy ? nothing(printed, policy.because) : { holds: 'permissions', policy }
  }
  return isObject(root.value) && root.at('Statement').value !== undefined
    ? raw(root)
    : nothing(
        root,
        'neither a policy nor what `aws iam get-role`, `get-role-policy`, `get-policy-version` or `list-attached-role-policies` prints',
      )
}

/** The API hands documents out as text, percent-encoded (RFC 3986); the AWS CLI decodes them. */
function decoded(part: Part, parse: ParsePart): Part | { readonly because: string } {
  if (typeof part.value !== 'string') return part
  let text = part.value
  try {
    if (/^%7b/i.test(text)) text = decodeURIComponent(text)
  } catch {
    return { because: 'not percent-encoded as the API does it' }
  }
  const parsed = parse(text, part)
  return 'part' in parsed ? parsed.part : parsed
}

function attachedIn(root: Part, attached: Part): Document {
  const policies = itemsOf(attached)
  const cut = root.at('IsTruncated')
  return {
    holds: 'attached policies',
    at: attached,
    policies,
    remarks: cut.value === true ? [unknown(cut, 'the list is cut short; the rest may hold anything')] : [],
  }
}

/** A policy by itself does not say what it is: principals make it a trust policy, resources permissions. */
function raw(policy: Part): Document {
  const statements = itemsOf(policy.at('Statement'))
  const has = (name: string) =>
    statements.some(one => one.at(name).value !== undefined || one.at(`Not${name}`).value !== undefined)
  if (has('Principal') && has('Resource'))
    return nothing(policy, 'it names principals and resources: the policy of a resource, not of a role')
  if (has('Principal')) return { holds: 'trust policy', policy }
  if (has('Resource')) return { holds: 'permissions', policy }
  const actions = statements.flatMap(one => itemsOf(one.at('Action')))
  const assumes = actions.length > 0 && actions.every(action => /^sts:assumerole/i.test(textOf(action)))
  return assumes
    ? { holds: 'trust policy', policy }
    : nothing(policy, 'no statement names a principal or a resource')
}

const nothing = (at: Part, because: string): Document => ({ holds: null, remarks: [unknown(at, because)] })
