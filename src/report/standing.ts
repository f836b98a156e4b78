import type { ClaimEntry } from '../model/claim.js'
import type { ControlId } from '../model/policy.js'
import type { Outcome, Report } from '../model/report.js'

/** How one control stands: what it wrote, and what it promised. */
export interface Standing {
  readonly id: ControlId
  readonly title: string
  readonly mark: 'good' | 'broken' | 'unknown' | 'waiting' | 'observed'
  readonly outcomes: readonly Outcome[]
  /** Outcomes that no control before this one shows already: a chain that several share is told once. */
  readonly own: readonly Outcome[]
  readonly claims: readonly ClaimEntry[]
}

/** Controls that did or promised anything, in the order given; one that nobody lists comes last under its id. */
export function standings(
  report: Report,
  controls: readonly { readonly id: ControlId; readonly title: string }[],
): readonly Standing[] {
  const seen = [
    ...report.outcomes.flatMap(({ entry }) => entry.controls),
    ...report.claims.map(({ control }) => control),
  ]
  const skipped = report.skipped.map(({ control }) => control)
  const strangers = [...new Set(seen)].filter(id => !controls.some(control => control.id === id))
  const told = new Set<Outcome>()
  return [...controls, ...strangers.map(id => ({ id, title: id }))]
    .filter(({ id }) => seen.includes(id))
    .map(({ id, title }) => {
      const outcomes = report.outcomes.filter(({ entry }) => entry.controls.includes(id))
      const claims = report.claims.filter(({ control }) => control === id)
      const observed = report.policy.controls[id] === 'observe'
      const own = outcomes.filter(outcome => !told.has(outcome))
      own.forEach(outcome => told.add(outcome))
      return { id, title, outcomes, own, claims, mark: markOf(outcomes, claims, observed) }
    })
    .filter(
      ({ id, outcomes, claims }) => !skipped.includes(id) || claims.length > 0 || outcomes.some(isTelling),
    )
}

function markOf(
  outcomes: readonly Outcome[],
  claims: readonly ClaimEntry[],
  observed: boolean,
): Standing['mark'] {
  if (outcomes.some(isBroken) || claims.some(({ proof, reportOnly }) => proof.holds === false && !reportOnly))
    return 'broken'
  if (
    outcomes.some(({ status, entry }) => status === 'unknown' && !entry.reportOnly) ||
    claims.some(({ proof, reportOnly }) => proof.holds === null && !reportOnly)
  )
    return 'unknown'
  if (outcomes.some(({ status, entry }) => status === 'pending' && !entry.reportOnly)) return 'waiting'
  return observed ? 'observed' : 'good'
}

/** A skipped control still takes back what it once wrote. */
const isTelling = ({ status }: Outcome): boolean => status !== 'in-sync'

const isBroken = ({ status, entry }: Outcome): boolean =>
  (status === 'drifted' || status === 'failed') && !entry.reportOnly

/** Written and right, and the restart that was to make it count went wrong. */
export const isIdle = (outcome: Outcome): boolean =>
  outcome.status === 'failed' && outcome.from === outcome.entry.state
