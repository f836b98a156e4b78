import type { AuditPlace, AuditProof, AuditRecord } from '../model/audit.js'
import { count } from './layout.js'

/** What became of an entry, and after how long. */
export function headWords({ action, stoodMs, by, during, contested }: AuditRecord): string {
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

/** Who did it, or what led to the look where nobody told. */
export function whoWords({ who, trigger, what }: AuditRecord): string {
  if (who === null) return trigger === 'asked' ? `by ${what}` : `seen by ${trigger}: ${what}`
  const unit = who.unit === null ? '' : ` in ${who.unit}`
  return `by pid ${who.pid}${unit}: ${who.command} (${what})`
}

/** One sentence about the chain of records. */
export function chainWords({ records, files, breaks }: AuditProof): string {
  const from = records[0]?.number ?? 0
  const rotated = from > 1 ? `, from number ${from} on` : ''
  if (breaks.length > 0)
    return `The chain breaks in ${count(breaks.length, 'place')}: what stands there was not written by taskfence, or something is gone.`
  return files.length === 0
    ? 'Could not tell: there is no audit log.'
    : `The chain is whole: ${count(records.length, 'record')} in ${count(files.length, 'file')}${rotated}.`
}

export const placeWords = ({ file, line, why }: AuditPlace): string =>
  `${file}${line === 0 ? '' : `:${line}`}: ${why}`
