import type { Report } from '../model/report.js'
import { count, list, sudo } from './layout.js'
import type { Reading } from './reading.js'
import type { Standing } from './standing.js'

/** The last sentence: is this host fenced, and what to type. */
export function ending(report: Report, shown: readonly Standing[], { only, again }: Reading): string {
  const numbers = tally(report)
  const root = sudo(report.facts.os.family)
  const promises = count(numbers.held, 'promise')
  const hold = numbers.held === 1 ? 'holds' : 'hold'
  // A host is not fenced because one of its controls is in place.
  const fenced = only.length === 0 ? 'Fenced' : `In place (${list(only)} alone was asked)`
  switch (report.verdict) {
    case 'in-sync':
      return `${fenced}: ${promises} ${hold}, nothing to change.`
    case 'changed':
      return `${fenced}: ${count(numbers.changed, 'change')} written and read back, ${promises} ${hold}.`
    case 'pending':
      return `Written, and waits for a restart. ${promises} ${hold}.`
    case 'drifted':
      return `Drifted: ${wrong(numbers)}; every promise still holds. ${advice(shown, again, root)}`
    case 'unknown':
      return report.claims.length === 0
        ? `Could not tell: no promise was asked. ${advice(shown, again, root)}`.trim()
        : `Could not tell: ${wrong(numbers)}. ${advice(shown, again, root)}`
    case 'failed':
      return `Not fenced: ${wrong(numbers)}. ${advice(shown, again, root)}`
  }
}

type Numbers = Readonly<
  Record<'held' | 'broken' | 'untold' | 'changed' | 'failed' | 'drifted' | 'unread', number>
>

function tally({ claims, outcomes }: Report): Numbers {
  const answers = claims.filter(({ reportOnly }) => !reportOnly).map(({ proof }) => proof.holds)
  const states = outcomes.filter(({ entry }) => !entry.reportOnly).map(({ status }) => status)
  const of = <T>(items: readonly T[], wanted: T) => items.filter(item => item === wanted).length
  return {
    held: of(answers, true),
    broken: of(answers, false),
    untold: of(answers, null),
    changed: of(states, 'changed'),
    failed: of(states, 'failed'),
    drifted: of(states, 'drifted'),
    unread: of(states, 'unknown'),
  }
}

const wrong = (numbers: Numbers): string =>
  [
    numbers.broken > 0 ? `${count(numbers.broken, 'promise')} broken` : '',
    numbers.failed > 0 ? `${count(numbers.failed, 'entry', 'entries')} not written` : '',
    numbers.drifted > 0 ? count(numbers.drifted, 'entry differs', 'entries differ') : '',
    numbers.untold + numbers.unread > 0 ? `${numbers.untold + numbers.unread} unknown` : '',
  ]
    .filter(words => words !== '')
    .join(', ')

/** What differs can be applied; the rest needs eyes. */
function advice(shown: readonly Standing[], again: string, root: string): string {
  const repairable = shown.filter(({ outcomes }) =>
    outcomes.some(({ status, entry }) => status === 'drifted' && !entry.reportOnly),
  )
  const [puzzling] = shown.filter(
    standing => (standing.mark === 'broken' || standing.mark === 'unknown') && !repairable.includes(standing),
  )
  return [
    repairable.length === 0
      ? ''
      : `\`${root}taskfence apply${again}\` repairs ${list(repairable.map(({ id }) => id))}.`,
    puzzling === undefined ? '' : `\`taskfence explain ${puzzling.id}\` says what to look at.`,
  ]
    .filter(words => words !== '')
    .join(' ')
}
