import type { AuditEvent } from '../../model/audit.js'
import type { Head } from '../audit/chain.js'
import { appendEvents, isAuditTrouble, type AuditInput } from '../audit/log.js'
import type { Log } from '../logger.js'

/** Writes events down beside the looks: a slow or full disk keeps no repair waiting. */
export interface AuditWriter {
  add(events: readonly AuditEvent[]): void
  /** Of what was written last, as far as it is known; null: nothing. */
  head(): Head | null
  /** Why events wait; null: none does. */
  ailing(): string | null
  /** Resolves when everything is written that can be. */
  flush(): Promise<void>
}

/** What a full disk keeps waiting; the oldest go, and the log tells how many. */
const mostWaiting = 1000

/** `known`: what a daemon before this one wrote last. */
export function auditWriter(
  input: () => Omit<AuditInput, 'known'>,
  known: Head | null,
  log: Log,
): AuditWriter {
  let waiting: readonly AuditEvent[] = []
  let dropped = 0
  let head = known
  let ailing: string | null = null
  let writing: Promise<void> | null = null

  const write = async () => {
    while (waiting.length > 0) {
      const events = waiting
      try {
        head = await appendEvents(events, { ...input(), known: head })
      } catch (error) {
        if (ailing === null)
          log.warn('the audit log cannot be written; what happens is kept until it can', {
            because: String(error),
          })
        ailing = String(error)
        if (!isAuditTrouble(error)) waiting = []
        return
      }
      waiting = waiting.slice(waiting.indexOf(events.at(-1) as AuditEvent) + 1)
      if (ailing !== null) log.info('the audit log is written again', { dropped })
      ailing = null
      dropped = 0
    }
  }
  return {
    add(events) {
      const all = [...waiting, ...events]
      dropped += Math.max(0, all.length - mostWaiting)
      waiting = all.slice(-mostWaiting)
      if (waiting.length === 0) return
      writing ??= write().finally(() => (writing = null))
    },
    head: () => head,
    ailing: () => ailing,
    flush: async () => {
      await writing
    },
  }
}
