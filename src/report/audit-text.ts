import type { AuditPlace, AuditProof, AuditRecord } from '../model/audit.js'
import { count, printable, wrap } from './layout.js'
import type { Paint } from './paint.js'
import { differenceWords } from './resource-words.js'

/** What `audit` prints: a paragraph a record. */
export function auditText({ records }: AuditProof, paint: Paint, width: number): string {
  if (records.length === 0) return 'Nothing was written down: nothing drifted while taskfence looked.\n'
  return records.map(record => paragraph(record, paint, width)).join('\n')
}

function paragraph(record: AuditRecord, paint: Paint, width: number): string {
  const below = (words: string) => wrap('      ', words, width)
  const title = wrap('', `${record.seen.replace('T', ' ').replace('Z', ' UTC')}  ${headWords(record)}`, width)
  return [
    record.action === 'failed' || record.contested ? paint.broken(title) : title,
    below(printable(record.entry)),
    below(differenceWords(record.from, record.to)),
    below(printable(whoWords(record))),
    ...(record.because === undefined ? [] : [below(printable(record.because))]),
    '',
  ].join('\n')
}

function headWords({ action, stoodMs, by, during, contested }: AuditRecord): string {
  const words = by === 'apply' ? ofApply[action] : ofWatch[action]
  const stood = by === 'watch' ? ` after ${stoodMs} ms` : ''
  return [
    `${words}${stood}`,
    ...(during === null ? [] : [`${during} restarted`]),
    ...(contested ? ['contested: left alone for a while from here'] : []),
  ].join(', ')
}

const ofWatch = {
  repaired: 'put back',
  reported: 'reported, as the policy says,',
  held: 'contested, left alone',
  failed: 'could not be put back',
} as const
const ofApply = { ...ofWatch, repaired: 'written by apply', failed: 'apply could not write it' } as const

function whoWords({ who, trigger, what }: AuditRecord): string {
  if (who === null) return `seen by ${trigger}: ${what}`
  const unit = who.unit === null ? '' : ` in ${who.unit}`
  return `by pid ${who.pid}${unit}: ${who.command} (${what})`
}

/** What `audit --verify` prints. */
export function auditProofText(proof: AuditProof, paint: Paint, width: number): string {
  const { records, files, breaks, torn } = proof
  const place = ({ file, line, why }: AuditPlace) => `${file}${line === 0 ? '' : `:${line}`}: ${why}`
  const lines = [
    ...breaks.map(found => paint.broken(wrap('  \u2716 ', place(found), width))),
    ...torn.map(found => wrap('  note: ', place(found), width)),
  ]
  const from = records[0]?.number ?? 0
  const rotated = from > 1 ? `, from number ${from} on` : ''
  const end =
    files.length === 0 && breaks.length === 0
      ? 'Could not tell: there is no audit log.'
      : breaks.length === 0
        ? `The chain is whole: ${count(records.length, 'record')} in ${count(files.length, 'file')}${rotated}.`
        : `The chain breaks in ${count(breaks.length, 'place')}: what stands there was not written by taskfence, or something is gone.`
  return `${[...lines, ...(lines.length === 0 ? [] : ['']), wrap('', end, width)].join('\n')}\n`
}
