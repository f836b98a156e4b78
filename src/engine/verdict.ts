import type { ClaimEntry } from '../model/claim.js'
import { verdicts, type Outcome, type Verdict } from '../model/report.js'

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
