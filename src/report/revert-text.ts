import type { Outcome, Report } from '../model/report.js'
import { header } from './header.js'
import { changeLine, count, sudo, wrap } from './layout.js'
import type { Reading } from './reading.js'
import { resourceWords } from './resource-words.js'
import { notes } from './text.js'

/** What `revert` prints: everything it takes back, what it leaves, and what that means. */
export function revertText(report: Report, { width, paint }: Reading): string {
  const shown = report.outcomes.filter(({ status }) => status !== 'in-sync')
  const column = Math.max(...shown.map(({ entry }) => resourceWords(entry.resource).where.length))
  const line = (outcome: Outcome) => {
    const { where, what } = resourceWords(outcome.entry.resource)
    const label = `${where.padEnd(column)}  ${what}`
    if ('error' in outcome)
      return paint.broken(wrap('  ', `${label}: not taken back: ${outcome.error.message}`, width))
    return changeLine('  ', label, 'from' in outcome ? outcome.from : null, outcome.entry.state, width)
  }
  const blocks = [
    [header(report, width)],
    shown.map(line),
    notes(report, width),
    [wrap('', ending(report), width)],
  ]
  return `${blocks
    .filter(block => block.length > 0)
    .map(block => block.join('\n'))
    .join('\n\n')}\n`
}

function ending({ outcomes, facts }: Report): string {
  const of = (...statuses: readonly Outcome['status'][]) =>
    outcomes.filter(({ status }) => statuses.includes(status)).length
  const planned = of('drifted')
  const untold = of('unknown')
  const failed = of('failed')
  if (failed + untold > 0)
    return `Not all is taken back: ${count(failed + untold, 'entry', 'entries')} above. The record of what stood before is kept; \`${sudo(facts.os.family)}taskfence revert\` again takes the rest.`
  if (planned > 0)
    return `${count(planned, 'entry', 'entries')} would be taken back. Nothing was written. ${open}`
  const taken = of('changed')
  return taken === 0
    ? 'Nothing of taskfence stands on this host.'
    : `Taken back: ${count(taken, 'entry', 'entries')}, read back. ${open}`
}

const open =
  'Without them this host is not fenced: tasks on bridges reach the role of the instance, unless something else keeps them from it.'
