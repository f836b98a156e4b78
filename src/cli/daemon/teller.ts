import type { EndedLook } from '../../engine/watch.js'
import type { Host } from '../../host/host.js'
import type { Journal } from '../../host/journal.js'
import type { DaemonPolicy } from '../../model/policy.js'
import { placesOf } from '../../platforms/places.js'
import { eventOfDrift } from '../audit/events.js'
import type { Call } from '../command.js'
import { auditWriter } from './audit-writer.js'
import { logLook } from './log-look.js'
import { createNews } from './news.js'

export interface TellerInput {
  readonly call: Call
  readonly host: Host
  readonly journal: Journal
  /** The one in force. */
  readonly policy: () => DaemonPolicy
}

export interface Teller {
  /** After each look. What cannot be told is no reason to look less. */
  ended(look: EndedLook): Promise<void>
  flush(): Promise<void>
}

/** Tells what the daemon saw and did: to the log, to the audit log. */
export function teller({ call, host, journal, policy }: TellerInput): Teller {
  const newsOf = createNews()
  const audit = auditWriter(
    () => ({
      ...{ host, journal },
      folder: placesOf(host).logFolder ?? '',
      policy: policy().audit,
      holder: { pid: call.pid, command: 'taskfence watch' },
    }),
    call.log,
  )
  return {
    async ended(look) {
      const news = newsOf(look)
      logLook(look, news, call.log)
      audit.add(news.map(drift => eventOfDrift(drift, look.contested.includes(drift), host.now())))
      await call.log.flush()
    },
    flush: () => audit.flush(),
  }
}
