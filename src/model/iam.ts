export const roleKinds = ['task', 'execution', 'instance'] as const
export type RoleKind = (typeof roleKinds)[number]

export const iamRules = [
  'principal-missing',
  'principal-wide',
  'principal-other',
  'trust-action-wide',
  'no-confused-deputy',
  'condition-weak',
  'source-arn-cluster',
  'source-arn-never',
  'account-mismatch',
  'partition-mismatch',
  'wildcard-action',
  'wildcard-resource',
  'execution-role',
  'instance-role',
  'instance-extra',
] as const
export type IamRule = (typeof iamRules)[number]

/** Where in a file: JSONPath and line (1 for the first). In a URL-encoded document: the line of its text. */
export interface IamPlace {
  readonly path: string
  readonly line: number
}

export interface IamFinding extends IamPlace {
  readonly rule: IamRule
  readonly why: string
  readonly fix: string
}

/** What could not be judged, and may be anything. */
export interface IamUnknown extends IamPlace {
  readonly because: string
}

/** Worst first. */
export type IamVerdict = 'findings' | 'unknown' | 'fine'

export interface LintedFile {
  readonly file: string
  /** null: nothing that is known. */
  readonly holds: 'trust policy' | 'permissions' | 'attached policies' | null
  /** The role it was read as the policy of; null with `holds`, or where nobody could tell. */
  readonly role: RoleKind | null
  readonly findings: readonly IamFinding[]
  readonly unknown: readonly IamUnknown[]
}
