import { summary } from './claim-words.js'
import { count } from './layout.js'
import { isIdle, type Standing } from './standing.js'

/** One control in a few words: what holds, or how much does not. */
export function headline({ title, mark, outcomes, claims }: Standing): string {
  if (mark === 'good' || mark === 'observed') {
    const words =
      claims.length === 0 ? ['in place; no promise was asked'] : summary(claims.map(({ claim }) => claim))
    const changed = outcomes.filter(({ status }) => status === 'changed').length
    const text = mark === 'observed' ? `observed only: ${title}` : words.join('; ')
    return changed === 0 ? text : `${text} \u00b7 ${count(changed, 'change')} made`
  }
  const counted = claims.filter(({ reportOnly }) => !reportOnly)
  const broken = counted.filter(({ proof }) => proof.holds === false).length
  const unknown = counted.filter(({ proof }) => proof.holds === null).length
  const of = (status: string) =>
    outcomes.filter(outcome => outcome.status === status && !outcome.entry.reportOnly).length
  const idle = outcomes.filter(isIdle).length
  return [
    [broken, `of ${count(claims.length, 'promise')} broken`],
    [of('failed') - idle, `of ${count(outcomes.length, 'entry', 'entries')} could not be written`],
    [idle, `of ${count(outcomes.length, 'entry', 'entries')} written and not in force`],
    [
      of('drifted'),
      `of ${count(outcomes.length, 'entry', 'entries')} ${of('drifted') === 1 ? 'differs' : 'differ'}`,
    ],
    [unknown, `of ${count(claims.length, 'promise')} could not be told`],
    [of('unknown'), `of ${count(outcomes.length, 'entry', 'entries')} could not be read`],
    [
      of('pending'),
      `of ${count(outcomes.length, 'entry', 'entries')} ${of('pending') === 1 ? 'waits' : 'wait'} for a restart`,
    ],
  ]
    .filter(([number]) => number !== 0)
    .map(words => words.join(' '))
    .join(', ')
}
