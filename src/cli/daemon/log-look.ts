import type { EndedLook } from '../../engine/watch.js'
import type { Drift } from '../../model/watch.js'
import type { Log } from '../logger.js'

/** One line an event. `news`: those of the drifts that were not told before. */
export function logLook(look: EndedLook, news: readonly Drift[], log: Log): void {
  const reasons = [...new Set(look.reasons.map(({ trigger }) => trigger))].join(',')
  if (look.report === null) log.error('could not look', { because: String(look.error), reasons })
  else log.debug('looked', { verdict: look.report.verdict, ms: look.costMs, reasons })
  for (const drift of news) {
    const fields = { entry: drift.id, from: drift.from ?? 'absent', ...byWhom(drift), ms: drift.stoodMs }
    if (drift.action === 'repaired')
      log.info(drift.during === null ? 'repaired' : 'put back after a restart', fields)
    // That it is contested was the warning.
    else if (drift.action === 'held') log.debug('held', fields)
    else
      log.warn(drift.action, {
        ...fields,
        ...(drift.because === undefined ? {} : { because: drift.because }),
      })
  }
  for (const drift of look.contested)
    log.warn('contested: left alone for a while; the fence stays', { entry: drift.id, ...byWhom(drift) })
  for (const { name, ailing } of look.triggers)
    if (ailing !== null) log.debug('does not work now', { trigger: name, why: ailing })
}

const byWhom = ({ reason: { culprit } }: Drift) =>
  culprit === undefined
    ? {}
    : {
        pid: culprit.pid,
        command: culprit.command,
        ...(culprit.unit === null ? {} : { unit: culprit.unit }),
      }
