import type { ClaimEntry } from '../model/claim.js'
import type { Outcome } from '../model/report.js'
import { summary } from './claim-words.js'
import { changeLine, wrap } from './layout.js'
import { resourceWords, stateWords } from './resource-words.js'
import { isIdle, type Standing } from './standing.js'

const indent = '      '

/** What stands below a control's line: everything that is not as promised, and why. */
export const details = ({ own, claims }: Standing, width: number): readonly string[] => [
  ...claimLines(claims, width),
  ...own.flatMap(outcome => outcomeLine(outcome, width)),
]

/** Promises with the same answer for the same reason share a line. */
function claimLines(claims: readonly ClaimEntry[], width: number): readonly string[] {
  const answers = new Map<string, ClaimEntry[]>()
  for (const entry of claims) {
    if (entry.proof.because === undefined) continue
    const key = `${String(entry.proof.holds)} ${entry.proof.because}`
    answers.set(key, [...(answers.get(key) ?? []), entry])
  }
  return [...answers.values()].map(same => {
    const [{ proof }] = same as [ClaimEntry]
    if (proof.holds === true) return wrap(indent, `note: ${proof.because ?? ''}`, width)
    const words = summary(
      same.map(({ claim }) => claim),
      proof.holds !== false,
    ).join('; ')
    return wrap(
      indent,
      `${proof.holds === null ? 'could not tell whether ' : ''}${words}: ${proof.because}`,
      width,
    )
  })
}

function outcomeLine(outcome: Outcome, width: number): readonly string[] {
  const { where, what } = resourceWords(outcome.entry.resource)
  const label = `${outcome.entry.reportOnly ? 'observed: ' : ''}${where}  ${what}`
  switch (outcome.status) {
    case 'in-sync':
      return []
    case 'drifted':
    case 'changed':
      return [changeLine(indent, label, outcome.from, outcome.entry.state, width)]
    case 'pending':
      return [
        outcome.from === outcome.entry.state
          ? wrap(indent, `${label}   ${stateWords(outcome.from)}`, width)
          : changeLine(indent, label, outcome.from, outcome.entry.state, width),
        wrap(`${indent}    `, outcome.because, width),
      ]
    case 'unknown':
    case 'failed': {
      const lead = isIdle(outcome)
        ? 'written, and not in force'
        : outcome.status === 'failed'
          ? 'not written'
          : 'could not be read'
      const { message, hint } = outcome.error
      return [wrap(indent, `${label}: ${lead}: ${message}${hint === undefined ? '' : ` (${hint})`}`, width)]
    }
  }
}
