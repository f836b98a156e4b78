import type { Report } from '../model/report.js'
import { repairBuckets, type DaemonStatus, type Tally } from '../model/status.js'
import { exposition, type Metric, type Sample } from './metrics.js'
import { reportMetrics } from './prometheus.js'

/** What the daemon tells Prometheus: its last report, and figures since it began. */
export function daemonMetrics(report: Report | null, status: DaemonStatus, tally: Tally): string {
  const { looks, failedLooks, drifts, repairs } = tally
  return exposition([
    ...(report === null ? [] : reportMetrics(report)),
    of('counter', 'looks_total', 'Looks at this host since the daemon began.', looks),
    of('counter', 'failed_looks_total', 'Looks that could not be.', failedLooks),
    of('gauge', 'look_duration_seconds', 'How long the last look took.', tally.lookMs / 1000),
    {
      name: 'taskfence_drifts_total',
      help: 'Entries that were not as desired, by what became of them.',
      type: 'counter',
      samples: Object.entries(drifts).map(([action, value]) => ({ labels: { action }, value })),
    },
    {
      name: 'taskfence_repair_duration_seconds',
      help: 'Time from when a drift was seen until it was put back and read back.',
      type: 'histogram',
      samples: histogram(repairs),
    },
    of(
      'gauge',
      'contested_entries',
      'Entries left alone for now, as somebody fights over them.',
      status.contested.length,
    ),
    {
      name: 'taskfence_trigger_alive',
      help: 'Whether a reason to look works now.',
      type: 'gauge',
      samples: status.triggers.map(({ name, ailing }) => ({
        labels: { trigger: name },
        value: Number(ailing === null),
      })),
    },
    of(
      'gauge',
      'protected',
      'Whether every promise held when the last look ended.',
      Number(tally.protectedSince !== null),
    ),
    of(
      'gauge',
      'last_success_timestamp_seconds',
      'When a look last ended with every promise kept, in seconds since 1970; 0: never.',
      (tally.lastSuccess?.getTime() ?? 0) / 1000,
    ),
    of(
      'gauge',
      'start_time_seconds',
      'When the daemon began, in seconds since 1970.',
      Date.parse(status.since) / 1000,
    ),
  ])
}

const of = (type: 'gauge' | 'counter', name: string, help: string, value: number): Metric => ({
  name: `taskfence_${name}`,
  ...{ help, type },
  samples: [{ value }],
})

const histogram = ({ count, seconds, buckets }: Tally['repairs']): readonly Sample[] => [
  ...repairBuckets.map((bound, index) => ({
    suffix: '_bucket',
    labels: { le: String(bound) },
    value: buckets[index] ?? 0,
  })),
  { suffix: '_bucket', labels: { le: '+Inf' }, value: count },
  { suffix: '_sum', value: seconds },
  { suffix: '_count', value: count },
]
