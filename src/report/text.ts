import type { Report } from '../model/report.js'
import { allowances } from './allowances.js'
import { details } from './details.js'
import { ending } from './ending.js'
import { header } from './header.js'
import { wrap } from './layout.js'
import type { Paint } from './paint.js'
import type { Reading } from './reading.js'
import { headline } from './headline.js'
import { standings, type Standing } from './standing.js'

/** What `check` and `apply` print: one line a control, what is wrong below it, and what to type. */
export function reportText(report: Report, reading: Reading): string {
  const { paint, width } = reading
  const shown = standings(report, reading.controls)
  const column = Math.max(
    ...[...shown.map(({ id }) => id), ...report.skipped.map(skip => skip.control)].map(id => id.length),
  )
  const row = (mark: string, id: string, words: string) =>
    wrap(`  ${mark} ${id.padEnd(column)}  `, words, width)

  const told = notes(report, width)
  const lines = [
    header(report, width),
    '',
    ...shown.flatMap(standing => [
      painted(paint, standing.mark, row(marks[standing.mark], standing.id, headline(standing))),
      ...details(standing, width),
    ]),
    ...report.skipped.map(({ control, reason }) => row('-', control, `skipped: ${reason}`)),
    ...unknownFacts(report).map(text => painted(paint, 'unknown', wrap('  ? ', text, width))),
    ...(told.length === 0 ? [] : ['', ...told]),
    '',
    wrap('', ending(report, shown, reading), width),
  ]
  return `${lines.join('\n')}\n`
}

const marks: Readonly<Record<Standing['mark'], string>> = {
  good: '\u2714',
  broken: '\u2716',
  unknown: '?',
  waiting: '!',
  observed: '\u25cb',
}

/** Only the line that tells: what stands below it is for reading. */
function painted(paint: Paint, mark: Standing['mark'], text: string): string {
  if (mark === 'broken') return paint.broken(text)
  return mark === 'unknown' || mark === 'waiting' ? paint.unknown(text) : text
}

const unknownFacts = ({ facts }: Report): readonly string[] =>
  Object.entries(facts.unknown).map(([name, reason]) => `could not tell ${name}: ${reason}`)

/** What someone should know beside outcomes and claims. */
export function notes(report: Report, width: number): readonly string[] {
  const told = report.notes.map(({ control, text }) => (control === undefined ? text : `${control}: ${text}`))
  return [...allowances(report), ...told].map(text => wrap('  note: ', text, width))
}
