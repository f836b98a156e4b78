import { count, noLookYet } from '../../engine/tally.js'
import type { EndedLook } from '../../engine/watch.js'
import type { Host } from '../../host/host.js'
import type { Journal } from '../../host/journal.js'
import type { DaemonPolicy } from '../../model/policy.js'
import type { Report } from '../../model/report.js'
import type { DaemonStatus } from '../../model/status.js'
import { placesOf } from '../../platforms/places.js'
import { daemonMetrics } from '../../report/daemon-metrics.js'
import type { Head } from '../audit/chain.js'
import { eventOfDrift } from '../audit/events.js'
import type { Call } from '../command.js'
import { auditWriter } from './audit-writer.js'
import { logLook } from './log-look.js'
import { metrics } from './metrics.js'
import { createNews } from './news.js'
import type { Notifier } from './notify.js'
import { statusOf } from './status-of.js'

export interface TellerInput {
  readonly call: Call
  readonly host: Host
  readonly journal: Journal
  readonly systemd: Notifier
  /** What a daemon before this one wrote last to the audit log. */
  readonly known: Head | null
  /** The one in force. */
  readonly policy: () => DaemonPolicy
}

export interface Teller {
  /** After each look. What cannot be told is no reason to look less. */
  ended(look: EndedLook): Promise<void>
  /** When it begins, and when the policy was read again. */
  follow(): Promise<void>
  /** The last words. */
  stop(): Promise<void>
}

/** Tells what the daemon saw and did: the log, the audit log, status.json, Prometheus and systemd. */
export function teller({ call, host, journal, systemd, known, policy }: TellerInput): Teller {
  const { log, pid } = call
  const newsOf = createNews()
  const since = host.now()
  const prometheus = metrics(host, log)
  const places = placesOf(host)
  const audit = auditWriter(
    () => ({
      ...{ host, journal },
      folder: places.logFolder ?? '',
      policy: policy().audit,
      holder: { pid, command: 'taskfence watch' },
    }),
    known,
    log,
  )
  let tally = noLookYet
  let lastReport: Report | null = null
  let isStatusAiling = false
  const writeStatus = async (status: DaemonStatus) => {
    try {
      await host.files.write(`${places.lockFolder}/status.json`, `${JSON.stringify(status)}\n`, {
        mode: 0o600,
      })
      isStatusAiling = false
    } catch (error) {
      if (!isStatusAiling) log.warn('the status cannot be written', { because: String(error) })
      isStatusAiling = true
    }
  }
  return {
    async ended(look) {
      const news = newsOf(look)
      tally = count(tally, look, news)
      lastReport = look.report ?? lastReport
      logLook(look, news, log)
      audit.add(news.map(drift => eventOfDrift(drift, look.contested.includes(drift), host.now())))
      const { onDrift } = policy()
      const status = statusOf({
        pid,
        since,
        onDrift,
        tally,
        look,
        audit: { head: audit.head(), ailing: audit.ailing() },
      })
      await writeStatus(status)
      const [report, figures] = [lastReport, tally]
      await prometheus.tell(() => daemonMetrics(report, status, figures))
      await systemd.lookEnded(`verdict: ${look.report?.verdict ?? 'could not look'}`)
      await log.flush()
    },
    follow: () => prometheus.follow(policy().metrics),
    async stop() {
      await Promise.all([audit.flush(), prometheus.stop()])
    },
  }
}
