import type { ClaimEntry } from '../model/claim.js'
import type { Probe } from '../model/prove.js'
import type { Outcome, Report, Verdict } from '../model/report.js'
import { claimWords } from './claim-words.js'
import { ending } from './ending.js'
import type { Instance, Told } from './formats.js'
import { headline } from './headline.js'
import { count, printable, sudo } from './layout.js'
import { probeStanding } from './probe-standing.js'
import { differenceWords, resourceWords } from './resource-words.js'
import { standings, type Standing } from './standing.js'

/**
 * Findings of AWS Security Hub (ASFF 2018-10-08), as `aws securityhub batch-import-findings --cli-input-json` takes them:
 * one a control and one for the host. Their ids stay, so the next report updates them; what is well is a finding that
 * passed, and a control that is skipped archives its own.
 */
export function asff({ report, proven, reading, instance }: Told): string {
  if (instance === undefined) throw new Error('findings without an instance')
  const shown = standings(report, reading.controls)
  const findings = [
    {
      id: 'host',
      title: 'Every ECS task on this host gets its own credentials, and never the instance\u2019s',
      words: ending(report, shown, reading),
      ...ofVerdict[report.verdict],
    },
    ...(proven === undefined ? [] : [packets(proven.probes)]),
    ...shown.map(standing => ({ ...standing, words: wordsOf(standing), ...ofMark[markOf(standing)] })),
    ...report.skipped
      .filter(({ control }) => !shown.some(({ id }) => id === control))
      .map(({ control, reason }) => ({
        id: control,
        title: reading.controls.find(({ id }) => id === control)?.title ?? control,
        words: `skipped: ${reason}`,
        ...skipped,
      })),
  ]
  return `${JSON.stringify({ Findings: findings.map(found => finding(found, report, instance)) }, null, 2)}\n`
}

interface Rating {
  readonly severity: 'INFORMATIONAL' | 'MEDIUM' | 'HIGH'
  readonly compliance: 'PASSED' | 'FAILED' | 'WARNING' | 'NOT_AVAILABLE'
  readonly record: 'ACTIVE' | 'ARCHIVED'
}

interface Found extends Rating {
  readonly id: string
  readonly title: string
  readonly words: string
}

const passed: Rating = { severity: 'INFORMATIONAL', compliance: 'PASSED', record: 'ACTIVE' }
const untold: Rating = { severity: 'MEDIUM', compliance: 'WARNING', record: 'ACTIVE' }
const broken: Rating = { severity: 'HIGH', compliance: 'FAILED', record: 'ACTIVE' }
const drifted: Rating = { severity: 'MEDIUM', compliance: 'FAILED', record: 'ACTIVE' }
const skipped: Rating = { severity: 'INFORMATIONAL', compliance: 'NOT_AVAILABLE', record: 'ARCHIVED' }

const ofVerdict: Readonly<Record<Verdict, Rating>> = {
  failed: broken,
  unknown: untold,
  drifted,
  pending: drifted,
  changed: passed,
  'in-sync': passed,
}

const ofMark: Readonly<Record<Standing['mark'] | 'drifted', Rating>> = {
  good: passed,
  broken,
  drifted,
  unknown: untold,
  waiting: drifted,
  observed: { ...skipped, record: 'ACTIVE' },
}

/** Something differs, and every promise holds all the same. */
function markOf({ mark, claims, outcomes }: Standing): Standing['mark'] | 'drifted' {
  const counted = claims.filter(({ reportOnly }) => reportOnly !== true)
  const isDrift =
    mark === 'broken' &&
    counted.every(({ proof }) => proof.holds !== false) &&
    outcomes.every(({ status }) => status !== 'failed')
  return isDrift ? 'drifted' : mark
}

const wordsOf = (standing: Standing): string =>
  [headline(standing), ...standing.claims.flatMap(claimLine), ...standing.outcomes.flatMap(outcomeLine)].join(
    '. ',
  )

const claimLine = ({ claim, proof }: ClaimEntry): readonly string[] =>
  proof.holds === true
    ? []
    : [
        `${proof.holds === null ? 'Could not tell whether' : 'Not so:'} ${claimWords(claim)}: ${proof.because}`,
      ]

function outcomeLine(outcome: Outcome): readonly string[] {
  if (outcome.status === 'in-sync' || outcome.status === 'changed') return []
  const { where, what } = resourceWords(outcome.entry.resource)
  const change =
    'error' in outcome ? outcome.error.message : differenceWords(outcome.from, outcome.entry.state)
  return [`${where} ${what}: ${change}`]
}

/** What `check --live` asked, as one finding. */
function packets(probes: readonly Probe[]): Found {
  const counted = probes.filter(({ reportOnly }) => reportOnly !== true)
  const wrong = counted.filter(probe => probeStanding(probe) !== 'proven')
  const found = new Set(counted.map(probeStanding))
  const rating =
    found.has('contradicted') || found.has('broken') ? broken : found.has('unknown') ? untold : passed
  return {
    id: 'packets',
    title: 'Packets meet what the rules promise',
    words: [
      `${counted.length - wrong.length} of ${count(counted.length, 'promise')} proven by packets`,
      ...wrong.map(
        probe => `${probeStanding(probe)}: ${claimWords(probe.claim)}: ${probe.packet.because ?? ''}`,
      ),
    ].join('. '),
    // No packet at all proves nothing.
    ...(counted.length === 0 ? untold : rating),
  }
}

function finding(found: Found, report: Report, { account, region, partition, id }: Instance) {
  const kind = id.startsWith('mi-')
    ? { Type: 'Other', Id: `arn:${partition}:ssm:${region}:${account}:managed-instance/${id}` }
    : { Type: 'AwsEc2Instance', Id: `arn:${partition}:ec2:${region}:${account}:instance/${id}` }
  const at = report.at.toISOString()
  return {
    SchemaVersion: '2018-10-08',
    Id: `${kind.Id}/taskfence/${found.id}`,
    ProductArn: `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`,
    GeneratorId: `taskfence/${found.id}`,
    AwsAccountId: account,
    Types: ['Software and Configuration Checks/AWS Security Best Practices'],
    CreatedAt: at,
    UpdatedAt: at,
    Severity: { Label: found.severity },
    Title: cut(`${id}: ${found.title}`, 256),
    Description: cut(found.words, 1024),
    ...(found.compliance === 'PASSED'
      ? {}
      : {
          Remediation: { Recommendation: { Text: cut(remedy(found.id, sudo(report.facts.os.family)), 512) } },
        }),
    Resources: [{ ...kind, Partition: partition, Region: region }],
    Compliance: { Status: found.compliance },
    RecordState: found.record,
    ProductFields: { 'taskfence/control': found.id, 'taskfence/verdict': report.verdict },
  }
}

const remedy = (id: string, root: string): string =>
  id === 'host' || id === 'packets'
    ? `Run \`${root}taskfence check --live\` on the host; \`${root}taskfence apply\` repairs what differs.`
    : `\`${root}taskfence apply --only ${id}\` repairs what differs; \`taskfence explain ${id}\` says what to look at.`

/** Security Hub refuses a finding past its limits. Never half of a surrogate pair. */
const cut = (text: string, longest: number): string => {
  const clean = printable(text)
  return clean.length <= longest
    ? clean
    : `${clean.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}\u2026`
}
