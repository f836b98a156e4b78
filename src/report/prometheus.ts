import type { ClaimEntry } from '../model/claim.js'
import type { ProveReport } from '../model/prove.js'
import { verdicts, type Outcome, type Report } from '../model/report.js'
import type { Told } from './formats.js'
import { exposition, type Metric, type Sample } from './metrics.js'
import { probeStanding, probeStandings } from './probe-standing.js'

export const prometheus = ({ report, proven }: Told): string =>
  exposition([...reportMetrics(report), ...(proven === undefined ? [] : [probeMetric(proven)])])

/** Every series is there in every report, zeros included: an alert on one that is absent never fires. */
export function reportMetrics(report: Report): readonly Metric[] {
  const skipped = report.skipped.map(({ control }) => control)
  const controls = [...new Set([...ofThisSystem(report), ...controlsIn(report), ...skipped])].sort()
  return [
    gauge('verdict', 'The verdict of the last look: 1 for the one that applies.', [
      ...verdicts.map(verdict => ({ labels: { verdict }, value: Number(verdict === report.verdict) })),
    ]),
    gauge(
      'claims',
      'Promises by answer; what is only observed decides nothing.',
      controls.flatMap(control => claimSamples(control, report.claims)),
    ),
    gauge('entries', 'Things written on this host, by how they stand.', entrySamples(report.outcomes)),
    gauge(
      'control_skipped',
      'Controls that do not apply here, or that the policy turns off.',
      controls.map(control => ({ labels: { control }, value: Number(skipped.includes(control)) })),
    ),
    gauge('unknown_facts', 'Facts of this host that could not be told.', [
      { value: Object.keys(report.facts.unknown).length },
    ]),
    gauge('last_look_timestamp_seconds', 'When this host was looked at, in seconds since 1970.', [
      { value: report.at.getTime() / 1000 },
    ]),
  ]
}

const probeMetric = ({ probes }: ProveReport): Metric =>
  gauge(
    'probes',
    'Promises asked with packets, by answer.',
    probeStandings.map(answer => ({
      labels: { answer },
      value: probes.filter(probe => probe.reportOnly !== true && probeStanding(probe) === answer).length,
    })),
  )

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `taskfence_${name}`,
  type: 'gauge',
  ...{ help, samples },
})

/** A policy names the controls of every system. */
const ofThisSystem = ({ policy, facts }: Report): readonly string[] =>
  Object.keys(policy.controls).filter(id => id.startsWith('windows-') === (facts.os.family === 'windows'))

const controlsIn = ({ claims, outcomes }: Report): readonly string[] => [
  ...claims.map(({ control }) => control),
  ...outcomes.flatMap(({ entry }) => entry.controls),
]

const answers = ['holds', 'broken', 'unknown', 'observed'] as const

function claimSamples(control: string, claims: readonly ClaimEntry[]): readonly Sample[] {
  const own = claims.filter(claim => claim.control === control).map(answerOf)
  return answers.map(answer => ({
    labels: { control, answer },
    value: own.filter(one => one === answer).length,
  }))
}

const answerOf = ({ proof, reportOnly }: ClaimEntry): (typeof answers)[number] => {
  if (reportOnly === true) return 'observed'
  return proof.holds === null ? 'unknown' : proof.holds ? 'holds' : 'broken'
}

const statuses = ['in-sync', 'changed', 'pending', 'drifted', 'unknown', 'failed', 'observed'] as const

function entrySamples(outcomes: readonly Outcome[]): readonly Sample[] {
  const found = outcomes.map(statusOf)
  return statuses.map(status => ({
    labels: { status },
    value: found.filter(one => one === status).length,
  }))
}

const statusOf = ({ status, entry }: Outcome): (typeof statuses)[number] =>
  entry.reportOnly === true ? 'observed' : status
