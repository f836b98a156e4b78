import type { Report } from '../model/report.js'
import { count, list, sudo } from './layout.js'
import type { Reading } from './reading.js'
import { isIdle, type Standing } from './standing.js'

/** The last sentence: is this host fenced, and what to type. */
export function ending(report: Report, shown: readonly Standing[], { only, again }: Reading): string {
  const numbers = tally(report)
  const root = sudo(report.facts.os.family)
  const promises = count(numbers.held, 'promise')
  const hold = numbers.held === 1 ? 'holds' : 'hold'
  // A host is not fenced because one of its controls is in place.
  if (report.image !== undefined) return ofImage(report, shown, again)
  const fenced = only.length === 0 ? 'Fenced' : `In place (only ${list(only)} asked)`
  const next = [
    advice(shown, again, root),
    numbers.waiting === 0 ? '' : sentence(waiting(numbers, again, root)),
  ]
    .filter(words => words !== '')
    .join(' ')
  switch (report.verdict) {
    case 'in-sync':
      return `${fenced}: ${promises} ${hold}, nothing to change.`
    case 'changed':
      return `${fenced}: ${count(numbers.changed, 'change')} written and read back, ${promises} ${hold}.`
    case 'pending':
      return `Not yet in force: ${waiting(numbers, again, root)} ${promises} ${hold}.`
    case 'drifted':
      return `Drifted: ${wrong(numbers)}; every promise still holds. ${next}`
    case 'unknown':
      return report.claims.length === 0
        ? `Could not tell: no promise was asked. ${advice(shown, again, root)}`.trim()
        : `Could not tell: ${wrong(numbers)}. ${next}`
    case 'failed':
      return `Not fenced: ${wrong(numbers)}. ${next}`
  }
}

/** Nothing could be written into it that would be there at boot. */
export const nothingCompared = 'Could not tell: nothing of this image was compared.'

/** What it promises shows when it boots. Writing to it needs what its files ask for. */
function ofImage(report: Report, shown: readonly Standing[], again: string): string {
  const numbers = tally(report)
  if (report.verdict === 'in-sync')
    return 'In the image: nothing to change. What it promises shows when it boots.'
  if (report.verdict === 'changed')
    return `Written into the image and read back: ${count(numbers.changed, 'change')}. What it promises shows when it boots.`
  const said = wrong(numbers)
  return said === '' ? nothingCompared : `In the image: ${said}. ${advice(shown, again, '')}`.trim()
}

type Numbers = Readonly<
  Record<
    'held' | 'broken' | 'untold' | 'changed' | 'failed' | 'idle' | 'drifted' | 'unread' | 'waiting',
    number
  >
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
    failed: of(states, 'failed') - outcomes.filter(isIdle).length,
    idle: outcomes.filter(isIdle).length,
    drifted: of(states, 'drifted'),
    unread: of(states, 'unknown'),
    waiting: of(states, 'pending'),
  }
}

const wrong = (numbers: Numbers): string =>
  [
    numbers.broken > 0 ? `${count(numbers.broken, 'promise')} broken` : '',
    numbers.failed > 0 ? `${count(numbers.failed, 'entry', 'entries')} not written` : '',
    numbers.idle > 0 ? `${count(numbers.idle, 'entry', 'entries')} not in force` : '',
    numbers.drifted > 0 ? count(numbers.drifted, 'entry differs', 'entries differ') : '',
    numbers.untold + numbers.unread > 0 ? `${numbers.untold + numbers.unread} unknown` : '',
  ]
    .filter(words => words !== '')
    .join(', ')

/** Never done without being asked: it takes the agent away for a moment. */
const waiting = (numbers: Numbers, again: string, root: string): string =>
  `${count(numbers.waiting, 'setting waits', 'settings wait')} for a restart of the agent; \`${root}taskfence apply --restart-agent${again}\` does it.`

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

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
