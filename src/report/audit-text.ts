import type { AuditProof, AuditRecord } from '../model/audit.js'
import { chainWords, headWords, placeWords, whoWords } from './audit-words.js'
import { printable, wrap } from './layout.js'
import type { Paint } from './paint.js'
import { differenceWords } from './resource-words.js'

/** What `audit` prints: a paragraph for what was done at once and for one reason. */
export function auditText({ records }: AuditProof, paint: Paint, width: number): string {
  if (records.length === 0) return 'Nothing was written down: nothing drifted while taskfence looked.\n'
  const deeds: AuditRecord[][] = []
  for (const record of records) {
    const last = deeds.at(-1)
    if (last?.[0] !== undefined && deedOf(last[0]) === deedOf(record)) last.push(record)
    else deeds.push([record])
  }
  return deeds.map(deed => paragraph(deed, paint, width)).join('\n')
}

const titleOf = (record: AuditRecord): string =>
  `${record.seen.replace('T', ' ').replace('Z', ' UTC')}  ${headWords(record)}`
const deedOf = (record: AuditRecord): string =>
  [titleOf(record), whoWords(record), record.because ?? ''].join('\n')

function paragraph(records: readonly AuditRecord[], paint: Paint, width: number): string {
  return records
    .flatMap((record, index) => {
      const title = wrap('', titleOf(record), width)
      const why = [whoWords(record), ...(record.because === undefined ? [] : [record.because])]
      const head = [
        record.action === 'failed' || record.contested ? paint.broken(title) : title,
        ...why.map(words => wrap('      ', printable(words), width)),
      ]
      return [
        ...(index === 0 ? head : []),
        wrap('    ', printable(record.entry), width),
        wrap('        ', differenceWords(record.from, record.to), width),
      ]
    })
    .concat('')
    .join('\n')
}

/** What `audit --verify` prints. */
export function auditProofText(proof: AuditProof, paint: Paint, width: number): string {
  const lines = [
    ...proof.breaks.map(found => paint.broken(wrap('  \u2716 ', placeWords(found), width))),
    ...proof.torn.map(found => wrap('  note: ', placeWords(found), width)),
  ]
  return `${[...lines, ...(lines.length === 0 ? [] : ['']), wrap('', chainWords(proof), width)].join('\n')}\n`
}
