import type { AuditProof, AuditRecord } from '../model/audit.js'
import { chainWords, headWords, placeWords, whoWords } from './audit-words.js'
import { printable, wrap } from './layout.js'
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

/** What `audit --verify` prints. */
export function auditProofText(proof: AuditProof, paint: Paint, width: number): string {
  const lines = [
    ...proof.breaks.map(found => paint.broken(wrap('  \u2716 ', placeWords(found), width))),
    ...proof.torn.map(found => wrap('  note: ', placeWords(found), width)),
  ]
  return `${[...lines, ...(lines.length === 0 ? [] : ['']), wrap('', chainWords(proof), width)].join('\n')}\n`
}
