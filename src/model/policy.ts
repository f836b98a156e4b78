export type ControlId = string
/** enforce: done. observe: drops are counted, not made; other changes only reported. off: left alone. */
export type Mode = 'enforce' | 'observe' | 'off'

/** An exception for the metadata service. Exactly one of bridge, cidr and family (of task definitions). */
export type ImdsAllowance =
  | { readonly bridge: string; readonly reason: string }
  | { readonly cidr: string; readonly reason: string }
  | { readonly family: string; readonly reason: string }

/** How the daemon looks, and when it leaves an entry to whoever fights over it. */
export interface WatchPolicy {
  /** A cron expression of five fields, or six with seconds first: the look that no event asks for. */
  readonly schedule: string
  /** Up to so much later, so that a fleet does not look in step. */
  readonly jitterSeconds: number
  /** Between looks in a storm of changes that are none of ours, so many milliseconds at most. */
  readonly longestPauseMs: number
  /** So many repairs of one entry in so many minutes: it is left alone for holdMinutes, then for twice as long, … */
  readonly contest: { readonly repairs: number; readonly minutes: number; readonly holdMinutes: number }
}

export interface Policy {
  readonly controls: Readonly<Record<ControlId, Mode>>
  readonly imdsAllow: readonly ImdsAllowance[]
  readonly persistence: Persistence
}

/** How hard the fence is held at boot. */
export interface Persistence {
  /** Docker does not start without the fence. */
  readonly failClosed: boolean
  /** The distribution's own nftables file loads the fence, in the transaction that flushes it. */
  readonly nftablesInclude: boolean
}

/** All that a policy file says: what the daemon reads of it as well. */
export interface DaemonPolicy extends Policy {
  /** What the daemon does about drift. */
  readonly onDrift: 'repair' | 'report'
  readonly watch: WatchPolicy
  readonly audit: AuditPolicy
  readonly metrics: MetricsPolicy
}

/** Where the daemon tells Prometheus; nowhere where nothing is said. */
export interface MetricsPolicy {
  /** A file "….prom" that node_exporter's textfile collector reads. */
  readonly textfile?: string
  /** A unix socket with GET /metrics. */
  readonly socket?: string
  /** A port of 127.0.0.1 with the same. */
  readonly port?: number
}

/** How much of the audit log is kept. */
export interface AuditPolicy {
  /** A file that would grow past so many MiB is put aside. */
  readonly megabytes: number
  /** So many files in all; the oldest goes. */
  readonly files: number
}
