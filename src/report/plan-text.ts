import type { Outcome, Report } from '../model/report.js'
import { nothingCompared } from './ending.js'
import { header } from './header.js'
import { changeLine, count, sudo, wrap } from './layout.js'
import type { Reading } from './reading.js'
import { resourceWords, stateWords } from './resource-words.js'
import { standings, type Standing } from './standing.js'
import { notes } from './text.js'

/** What `plan` prints: by control, what would be written, and the promise it is for. */
export function planText(report: Report, reading: Reading): string {
  const { width, paint } = reading
  const shown = standings(report, reading.controls).filter(({ own }) => own.some(matters))
  const column = Math.max(0, ...report.skipped.map(({ control }) => control.length))
  const blocks = [
    [header(report, width)],
    ...shown.map(standing => controlLines(standing, reading)),
    report.skipped.map(({ control, reason }) =>
      wrap(`  - ${control.padEnd(column)}  `, `skipped: ${reason}`, width),
    ),
    Object.entries(report.facts.unknown).map(([name, reason]) =>
      paint.unknown(wrap('  ? ', `could not tell ${name}: ${reason}`, width)),
    ),
    notes(report, width),
    [wrap('', planEnding(report, reading.again), width)],
  ]
  return `${blocks
    .filter(block => block.length > 0)
    .map(block => block.join('\n'))
    .join('\n\n')}\n`
}

const matters = ({ status }: Outcome): boolean => status !== 'in-sync'

function controlLines({ id, title, own }: Standing, { width, paint }: Reading): readonly string[] {
  const shown = own.filter(matters)
  const words = shown.map(({ entry }) => resourceWords(entry.resource))
  const column = Math.max(...words.map(({ where }) => where.length))
  const restart = (words: string) => wrap('        ', words, width)
  return [
    wrap(`  ${id}  `, title, width),
    ...shown.flatMap((outcome, index) => {
      const { where, what } = words[index] ?? { where: '', what: '' }
      const label = `${where.padEnd(column)}  ${what}${outcome.entry.reportOnly ? '  (observed: not written)' : ''}`
      if (outcome.status === 'unknown' || outcome.status === 'failed')
        return [paint.unknown(wrap('    ? ', `${label}: could not be read: ${outcome.error.message}`, width))]
      if (outcome.status === 'pending')
        return [
          wrap('    ', `${label}   ${stateWords(outcome.entry.state)}`, width),
          restart(outcome.because),
        ]
      const from = 'from' in outcome ? outcome.from : null
      const change = changeLine('    ', label, from, outcome.entry.state, width)
      const unit = outcome.entry.restart
      return unit === undefined ? [change] : [change, restart(`counts once ${unit} has restarted`)]
    }),
  ]
}

function planEnding({ facts, image, outcomes, verdict }: Report, again: string): string {
  if (image !== undefined && verdict === 'unknown' && outcomes.length === 0) return nothingCompared
  const where = image === undefined ? 'on this host' : 'in this image'
  const counted = outcomes.filter(({ entry }) => !entry.reportOnly)
  const changes = counted.filter(({ status }) => status === 'drifted').length
  const unread = counted.filter(({ status }) => status === 'unknown').length
  const unknown = unread === 0 ? '' : ` ${count(unread, 'entry', 'entries')} could not be read.`
  const waiting = counted.filter(({ status }) => status === 'pending').length
  if (changes === 0 && waiting > 0)
    return `No changes ${where}; ${count(waiting, 'setting waits', 'settings wait')} for a restart of the agent.${unknown} Nothing was written; \`${sudo(facts.os.family)}taskfence apply --restart-agent${again}\` restarts it.`
  if (changes === 0) return `No changes ${unread === 0 ? where : 'known'}.${unknown} Nothing was written.`
  return `${count(changes, 'change')} ${where}.${unknown} Nothing was written; \`${sudo(facts.os.family)}taskfence apply${again}\` writes.`
}
