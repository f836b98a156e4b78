import type { ClaimEntry } from '../model/claim.js'
import { verdicts, type Outcome, type Verdict } from '../model/report.js'

/** The worst of what was written or compared, where nothing can be promised. Nothing compared is nothing known. */
export function verdictOfOutcomes(outcomes: readonly Outcome[]): Verdict {
  const found = outcomes.flatMap(({ status, entry }) => (entry.reportOnly === true ? [] : [status]))
  if (found.length === 0) return 'unknown'
  return verdicts.find(verdict => found.includes(verdict)) ?? 'in-sync'
}

/** The worst of all that counts. Nothing promised is nothing known: without a claim it is never green. */
export function verdictOf(outcomes: readonly Outcome[], claims: readonly ClaimEntry[]): Verdict {
  const counted = claims.filter(claim => claim.reportOnly !== true)
  const found = new Set<Verdict>([
    ...outcomes.flatMap(outcome => (outcome.entry.reportOnly === true ? [] : [outcome.status])),
    ...counted.flatMap(({ proof }): readonly Verdict[] =>
      proof.holds === true ? [] : [proof.holds === false ? 'failed' : 'unknown'],
    ),
    ...(counted.length === 0 ? (['unknown'] as const) : []),
  ])
  return verdicts.find(verdict => found.has(verdict)) ?? 'in-sync'
}
