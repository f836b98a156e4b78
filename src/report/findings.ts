import type { ClaimEntry } from '../model/claim.js'
import type { Probe } from '../model/prove.js'
import type { Outcome, Verdict } from '../model/report.js'
import { claimWords } from './claim-words.js'
import { ending } from './ending.js'
import type { Told } from './formats.js'
import { headline } from './headline.js'
import { count, printable } from './layout.js'
import { probeStanding } from './probe-standing.js'
import { differenceWords, resourceWords } from './resource-words.js'
import { standings, type Standing } from './standing.js'

/** What a report says, rated, as services of AWS take it in: one for the host, one a control, one for the packets. */
export function findings({ report, proven, reading }: Told): readonly Finding[] {
  const shown = standings(report, reading.controls)
  return [
    {
      id: 'host',
      title: 'Every ECS task on this host gets its own credentials, and never the instance\u2019s',
      words: ending(report, shown, reading),
      ...ofVerdict[report.verdict],
    },
    ...(proven === undefined ? [] : [packets(proven.probes)]),
    ...shown.map(standing => ({
      id: standing.id,
      title: standing.title,
      words: wordsOf(standing),
      ...ofMark[markOf(standing)],
    })),
    ...report.skipped
      .filter(({ control }) => !shown.some(({ id }) => id === control))
      .map(({ control, reason }) => ({
        id: control,
        title: reading.controls.find(({ id }) => id === control)?.title ?? control,
        words: `skipped: ${reason}`,
        ...skipped,
      })),
  ]
}

interface Rating {
  readonly severity: 'INFORMATIONAL' | 'MEDIUM' | 'HIGH'
  readonly compliance: 'PASSED' | 'FAILED' | 'WARNING' | 'NOT_AVAILABLE'
  readonly record: 'ACTIVE' | 'ARCHIVED'
}

export interface Finding extends Rating {
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
function packets(probes: readonly Probe[]): Finding {
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

/** Services refuse a text past their limits. Never half of a surrogate pair. */
export const cut = (text: string, longest: number): string => {
  const clean = printable(text)
  return clean.length <= longest
    ? clean
    : `${clean.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}\u2026`
}
