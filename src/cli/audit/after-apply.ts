import type { Report } from '../../model/report.js'
import { placesOf } from '../../platforms/places.js'
import type { Call } from '../command.js'
import { appendEvents, isAuditTrouble } from './log.js'
import { eventsOfApply } from './events.js'
import { knownHead } from './read.js'

/** Writes down what a run of `apply` changed. A log that cannot be written is told, and is no failure of the run. */
export async function auditApply(report: Report, call: Call): Promise<void> {
  const host = await call.parts.host()
  const events = eventsOfApply(report, host.now())
  const folder = placesOf(host).logFolder
  if (events.length === 0 || folder === null) return
  const { audit: policy } = await call.policy()
  const journal = await call.parts.journal()
  try {
    const holder = { pid: call.pid, command: 'taskfence apply' }
    await appendEvents(events, { host, folder, journal, policy, holder, known: await knownHead(host) })
  } catch (error) {
    if (!isAuditTrouble(error)) throw error
    call.log.warn('the audit log was not written', { because: String(error) })
  }
}
