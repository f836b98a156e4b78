import type { ControlId, DaemonPolicy, Mode, Policy, WatchPolicy } from '../../model/policy.js'

/** What a policy file may leave out. Every default stands here and nowhere else. */
export const defaults = {
  /** What AWS documents is enforced. */
  mode: 'enforce',
  /** What goes beyond it and could cut a workload only counts; what not every host is to do is asked for. */
  modes: { 'imds-host': 'observe', 'windows-task-eni': 'off' },
  imdsAllow: [],
  persistence: { failClosed: false, nftablesInclude: false },
  onDrift: 'repair',
  watch: {
    schedule: '* * * * *',
    jitterSeconds: 10,
    longestPauseMs: 500,
    contest: { repairs: 5, minutes: 10, holdMinutes: 1 },
  },
  audit: { megabytes: 10, files: 5 },
  metrics: {},
} as const satisfies { readonly mode: Mode; readonly modes: Policy['controls'] } & Omit<
  DaemonPolicy,
  'controls'
>

export const defaultMode = (id: ControlId): Mode =>
  new Map<ControlId, Mode>(Object.entries(defaults.modes)).get(id) ?? defaults.mode

/** A policy file as it may be: every key may be left out, those inside others too. */
export type SaidPolicy = Partial<Omit<DaemonPolicy, 'persistence' | 'watch' | 'audit'>> & {
  readonly persistence?: Partial<DaemonPolicy['persistence']>
  readonly watch?: Partial<Omit<WatchPolicy, 'contest'>> & {
    readonly contest?: Partial<WatchPolicy['contest']>
  }
  readonly audit?: Partial<DaemonPolicy['audit']>
}

/** The policy of a host without a policy file, or with one that says only a part. */
export const complete = (
  said: SaidPolicy,
  controls: readonly { readonly id: ControlId }[],
): DaemonPolicy => ({
  controls: Object.fromEntries(controls.map(({ id }) => [id, said.controls?.[id] ?? defaultMode(id)])),
  imdsAllow: said.imdsAllow ?? defaults.imdsAllow,
  persistence: { ...defaults.persistence, ...said.persistence },
  onDrift: said.onDrift ?? defaults.onDrift,
  watch: {
    ...defaults.watch,
    ...said.watch,
    contest: { ...defaults.watch.contest, ...said.watch?.contest },
  },
  audit: { ...defaults.audit, ...said.audit },
  metrics: said.metrics ?? defaults.metrics,
})
