import type { Outcome, Report } from '../model/report.js'
import { TaskfenceError, type ErrorCode } from '../model/errors.js'
import type { Proof } from '../model/claim.js'
import type { Facts } from '../model/facts.js'
import type { IamVerdict } from '../model/iam.js'
import type { DaemonStatus } from '../model/status.js'
import type { ProveReport } from '../model/prove.js'

/** 64 and above are those of sysexits.h. */
export const exits = {
  ok: 0,
  broken: 1,
  drift: 2,
  unknown: 3,
  usage: 64,
  unsupported: 69,
  busy: 75,
  privilege: 77,
  policy: 78,
} as const
export type Exit = (typeof exits)[keyof typeof exits]

/** When several apply: 1 over 3 over 2 over 0. Run errors never meet each other. */
export const worst = (...codes: readonly Exit[]): Exit => order.find(code => codes.includes(code)) ?? exits.ok

const order: readonly Exit[] = [64, 69, 75, 77, 78, exits.broken, exits.unknown, exits.drift]

/** Facts that could not be told are an answer of their own. */
export const exitOfFacts = (facts: Facts): Exit =>
  Object.keys(facts.unknown).length > 0 ? exits.unknown : exits.ok

const ofVerdict: Readonly<Record<Report['verdict'], Exit>> = {
  failed: exits.broken,
  unknown: exits.unknown,
  drifted: exits.drift,
  pending: exits.drift,
  changed: exits.ok,
  'in-sync': exits.ok,
}

export const exitOfCheck = (report: Report): Exit => ofVerdict[report.verdict]

/** The daemon's last look; what could not be is never fine. */
export const exitOfStatus = ({ lastLook: { verdict } }: DaemonStatus): Exit =>
  verdict === null ? exits.unknown : ofVerdict[verdict]

/** A plan answers one question, what would be written; what holds today is the question of `check`. */
export const exitOfPlan = (report: Report): Exit =>
  worst(...ofImage(report), ...report.outcomes.filter(counts).map(outcome => ofPlanned[outcome.status]))

/** Into which nothing could be written that would be there at boot. */
const ofImage = ({ image, verdict }: Report): readonly Exit[] =>
  image !== undefined && verdict === 'unknown' ? [exits.unknown] : []

const ofPlanned: Readonly<Record<Outcome['status'], Exit>> = {
  failed: exits.unknown,
  unknown: exits.unknown,
  drifted: exits.drift,
  // Nothing is left to write.
  pending: exits.ok,
  changed: exits.ok,
  'in-sync': exits.ok,
}

/** 0: every change is written and verified, and no claim is false. A claim that cannot be told is loud in the report. */
export function exitOfApply(report: Report): Exit {
  const written = report.outcomes.filter(counts).map(outcome => ofWritten[outcome.status])
  const proven = report.claims
    .filter(counts)
    .map(({ proof }) => (proof.holds === false ? exits.broken : exits.ok))
  return worst(...ofImage(report), ...written, ...proven)
}

const ofWritten: Readonly<Record<Outcome['status'], Exit>> = {
  failed: exits.broken,
  unknown: exits.unknown,
  // Wanted, not written, and no reason why not.
  drifted: exits.broken,
  pending: exits.ok,
  changed: exits.ok,
  'in-sync': exits.ok,
}

/** A packet that contradicts the rules is as bad as a broken claim; no packet at all proves nothing. */
export function exitOfProve(report: ProveReport): Exit {
  const counting = report.probes.filter(counts)
  if (counting.length === 0) return exits.unknown
  return worst(...counting.flatMap(({ model, packet }) => [ofProof(model), ofProof(packet)]))
}

const ofProof = ({ holds }: Proof): Exit => (holds === null ? exits.unknown : holds ? exits.ok : exits.broken)

/** A finding is as bad as a broken claim; what nobody could judge is never fine. */
export const exitOfLint = (verdict: IamVerdict): Exit =>
  verdict === 'findings' ? exits.broken : verdict === 'unknown' ? exits.unknown : exits.ok

const counts = (item: { readonly reportOnly?: boolean } | Outcome): boolean =>
  !('entry' in item ? item.entry.reportOnly : item.reportOnly)

/** The run as a whole could not be. An error without a code is a defect of this program. */
export const exitOfError = (error: unknown): Exit =>
  error instanceof TaskfenceError ? ofError[error.code] : exits.broken

const ofError: Readonly<Record<ErrorCode, Exit>> = {
  E_USAGE: exits.usage,
  E_POLICY: exits.policy,
  E_UNSUPPORTED: exits.unsupported,
  E_PRIVILEGE: exits.privilege,
  E_BUSY: exits.busy,
  E_COMMAND: exits.unknown,
  E_FILE: exits.unknown,
  E_PARSE: exits.unknown,
  E_VERIFY: exits.broken,
}
