import type { IamRule } from '../model/iam.js'
import type { Part } from './part.js'

/** What there is to say of a part: it is wrong, or nobody can tell. */
export type Remark =
  | {
      readonly kind: 'finding'
      readonly at: Part
      readonly rule: IamRule
      readonly why: string
      readonly fix: string
    }
  | { readonly kind: 'unknown'; readonly at: Part; readonly because: string }

export const finding = (rule: IamRule, at: Part, why: string, fix: string): Remark => ({
  kind: 'finding',
  ...{ at, rule, why, fix },
})

export const unknown = (at: Part, because: string): Remark => ({ kind: 'unknown', at, because })
