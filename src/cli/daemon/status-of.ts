import type { EndedLook } from '../../engine/watch.js'
import type { DaemonStatus, Tally } from '../../model/status.js'
import type { Head } from '../audit/chain.js'

export interface StatusInput {
  readonly pid: number
  readonly since: Date
  readonly onDrift: DaemonStatus['onDrift']
  readonly tally: Tally
  readonly look: EndedLook
  readonly audit: { readonly head: Head | null; readonly ailing: string | null }
}

/** What status.json says after a look. Pure. */
export function statusOf({ pid, since, onDrift, tally, look, audit }: StatusInput): DaemonStatus {
  const { report } = look
  return {
    schemaVersion: 1,
    pid,
    since: since.toISOString(),
    onDrift,
    protectedSince: tally.protectedSince?.toISOString() ?? null,
    lastLook: {
      at: look.at.toISOString(),
      ms: look.costMs,
      verdict: report?.verdict ?? null,
      ...(report === null ? { because: String(look.error) } : {}),
    },
    looks: tally.looks,
    failedLooks: tally.failedLooks,
    drifts: tally.drifts,
    contested: [...look.holds].map(([entry, until]) => ({
      entry,
      until: until.toISOString(),
      who: tally.opponents.get(entry) ?? null,
    })),
    triggers: look.triggers,
    audit: { number: audit.head?.number ?? null, hash: audit.head?.hash ?? null, ailing: audit.ailing },
  }
}
