import type { AuditEvent } from '../../model/audit.js'
import type { Report } from '../../model/report.js'
import type { State } from '../../model/resource.js'
import type { Drift } from '../../model/watch.js'

/** What the daemon keeps of a drift. */
export function eventOfDrift(drift: Drift, isContested: boolean, now: Date): AuditEvent {
  const { reason, action, because } = drift
  return {
    at: now.toISOString(),
    by: 'watch',
    entry: drift.id,
    controls: drift.controls,
    from: shortState(drift.from),
    to: shortState(drift.to),
    seen: drift.seen.toISOString(),
    stoodMs: drift.stoodMs,
    action,
    ...(because === undefined ? {} : { because: short(because) }),
    trigger: reason.trigger,
    what: short(reason.what),
    who: reason.culprit === undefined ? null : { ...reason.culprit, command: short(reason.culprit.command) },
    during: drift.during,
    contested: isContested,
  }
}

/** What `apply` keeps of what it wrote or could not write. Nobody saw since when it stood so. */
export const eventsOfApply = (report: Report, now: Date): readonly AuditEvent[] =>
  report.outcomes.flatMap((outcome): readonly AuditEvent[] => {
    const { entry } = outcome
    if (!('from' in outcome) || entry.reportOnly === true || outcome.from === entry.state) return []
    if (outcome.status === 'drifted') return []
    return [
      {
        at: now.toISOString(),
        by: 'apply',
        entry: entry.id,
        controls: entry.controls,
        from: shortState(outcome.from),
        to: shortState(entry.state),
        seen: report.at.toISOString(),
        stoodMs: 0,
        action: outcome.status === 'failed' ? 'failed' : 'repaired',
        ...(outcome.status === 'failed' ? { because: short(outcome.error.message) } : {}),
        trigger: 'asked',
        what: 'taskfence apply',
        who: null,
        during: null,
        contested: false,
      },
    ]
  })

/** A state may be a whole file, a command line 128 KiB; a line of the log holds both. */
const longest = 1500
const short = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)
const shortState = (state: State): State => (state === null ? null : short(state))
