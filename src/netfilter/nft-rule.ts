import type { Action } from './action.js'
import type { Condition } from './condition.js'
import { readStatement } from './nft-action.js'
import { only, type Json } from './nft-json.js'
import { renderStatement } from './nft-text.js'
import type { Elements } from './nft-values.js'
import type { Rule } from './ruleset.js'

/** A rule from its statements, in their order. */
export function readRule(statements: readonly Json[], elements: Elements): Rule {
  const conditions: Condition[] = []
  const steps: Action[] = []
  const words: string[] = []
  let unclear = false
  for (const statement of statements) {
    const [name, value = null] = only(statement) ?? []
    const part = name === undefined ? null : readStatement(name, value, elements)
    words.push(name === undefined ? JSON.stringify(statement) : renderStatement(name, value))
    // A test behind something already done would undo nothing of it; such rules are not taken apart.
    unclear ||= part === null || (part.conditions.length > 0 && steps.length > 0)
    conditions.push(...(part?.conditions ?? []))
    if (part !== null && part.action !== null && part.action.kind !== 'continue') steps.push(part.action)
  }
  const text = words.join(' ')
  if (unclear) return { text, conditions: [], action: { kind: 'unknown', text } }
  const [first, ...more] = steps
  const action: Action =
    first === undefined ? { kind: 'continue' } : more.length === 0 ? first : { kind: 'sequence', steps }
  return { text, conditions, action }
}
