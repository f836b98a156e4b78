import type { Claim, ClaimEntry, Proof } from '../model/claim.js'
import type { TaskfenceError } from '../model/errors.js'
import type { Facts } from '../model/facts.js'
import type { LintedFile } from '../model/iam.js'
import type { Mode, Policy } from '../model/policy.js'
import type { Probe, ProveReport } from '../model/prove.js'
import type { Outcome, Report, Verdict } from '../model/report.js'
import { claimWords } from './claim-words.js'
import { iamVerdict } from './iam-verdict.js'

/** Goes up when a reader of the old shape would misread the new one. */
export const schemaVersion = 1

/** What `check` and `apply` print, as docs/report.schema.json says. */
export const reportJson = (report: Report, proven?: ProveReport): string =>
  print({
    ...reportFields(report, report.verdict),
    ...(proven === undefined ? {} : { probes: proven.probes.map(probe) }),
  })

/** The verdict of a plan is about what would be written; a claim that is false today is what the plan is for. */
export const planJson = (report: Report): string => print(reportFields(report, planVerdict(report)))

export const factsJson = (facts: Facts): string => print({ schemaVersion, facts })

export const proveJson = (report: ProveReport): string =>
  print({
    schemaVersion,
    at: report.at.toISOString(),
    facts: report.facts,
    policy: policyFields(report.policy),
    probes: report.probes.map(probe),
    skipped: report.skipped.map(({ control, reason }) => ({ control, reason })),
    notes: report.notes,
  })

/** What `explain` tells of a control. */
export interface Explained {
  readonly id: string
  readonly title: string
  readonly why: string
  readonly source: string
  readonly byHand: readonly string[]
  readonly limits: readonly string[]
  /** In the policy that was asked about. */
  readonly mode: Mode | undefined
}

export const explainJson = (controls: readonly Explained[]): string =>
  print({
    schemaVersion,
    controls: controls.map(({ id, title, why, source, byHand, limits, mode }) => ({
      ...{ id, title, why, source, byHand, limits },
      ...(mode === undefined ? {} : { mode }),
    })),
  })

/** What `iam lint` prints. */
export const iamJson = (files: readonly LintedFile[]): string =>
  print({ schemaVersion, verdict: iamVerdict(files), files })

const print = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

function reportFields(report: Report, verdict: Verdict) {
  return {
    schemaVersion,
    at: report.at.toISOString(),
    ...(report.image === undefined ? {} : { image: report.image }),
    verdict,
    facts: report.facts,
    policy: policyFields(report.policy),
    outcomes: report.outcomes.map(outcome),
    claims: report.claims.map(claim),
    skipped: report.skipped.map(({ control, reason }) => ({ control, reason })),
    notes: report.notes,
  }
}

function planVerdict({ outcomes, verdict }: Report): Verdict {
  const counted = outcomes.filter(({ entry }) => !entry.reportOnly)
  if (counted.some(({ status }) => status === 'unknown')) return 'unknown'
  return counted.some(({ status }) => status === 'drifted') ? 'drifted' : verdict
}

const policyFields = ({ controls, imdsAllow, persistence }: Policy) => ({ controls, imdsAllow, persistence })

/** `from` is left out where it could not be read: null means absent. */
function outcome(of: Outcome) {
  const { id, controls, state, reportOnly } = of.entry
  const from = of.status === 'in-sync' ? { from: state } : 'from' in of ? { from: of.from } : {}
  return {
    ...{ id, controls, status: of.status },
    ...from,
    to: state,
    ...('because' in of ? { because: of.because } : {}),
    ...('error' in of ? { error: error(of.error) } : {}),
    ...(reportOnly ? { reportOnly } : {}),
  }
}

const error = ({ code, message, hint }: TaskfenceError) => ({
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
})

const claim = ({ control, claim: of, proof, reportOnly }: ClaimEntry) => ({
  control,
  claim: claimFields(of),
  ...answer(proof),
  ...(reportOnly ? { reportOnly } : {}),
})

const claimFields = (of: Claim): object => ({
  words: claimWords(of),
  ...of,
  ...(of.kind === 'agent-version' ? { closed: of.closed.map(claimFields) } : {}),
})

const probe = ({ control, claim: of, model, packet, reportOnly }: Probe) => ({
  control,
  claim: claimFields(of),
  model: answer(model),
  packet: answer(packet),
  ...(reportOnly ? { reportOnly } : {}),
})

const answer = ({ holds, because, evidence }: Proof) => ({
  holds,
  ...(because === undefined ? {} : { because }),
  ...(evidence === undefined ? {} : { evidence }),
})
