import { createHash } from 'node:crypto'
import type { AuditEvent, AuditPlace, AuditProof, AuditRecord } from '../../model/audit.js'

/** What the first record of all names as the line before it. */
export const origin = '0'.repeat(64)

/** The last link of a chain. */
export interface Head {
  readonly number: number
  /** SHA-256 of that line. */
  readonly hash: string
}

export const hashOf = (line: string): string => createHash('sha256').update(line).digest('hex')

/** Events as lines that follow a head; null: they are the first. */
export function chained(
  events: readonly AuditEvent[],
  head: Head | null,
): { readonly text: string; readonly head: Head | null } {
  let at = head
  let text = ''
  for (const event of events) {
    const number = (at?.number ?? 0) + 1
    const record: AuditRecord = { schemaVersion: 1, number, ...event, previous: at?.hash ?? origin }
    const line = JSON.stringify(record)
    text += `${line}\n`
    at = { number, hash: hashOf(line) }
  }
  return { text, head: at }
}

/**
 * The link to go on from, by the end of a file: its last line, also where that is torn; null: there is none. Where the
 * one that was `known` should be in it and is not, that one: what was cut off or changed would be forgotten else.
 */
export function headOf(end: string, known: Head | null): Head | null {
  const lines = linesOf(end)
  const numbers = lines.flatMap(line => recordOf(line)?.number ?? [])
  const last = lines.at(-1)
  const head = last === undefined ? null : { number: numbers.at(-1) ?? 0, hash: hashOf(last) }
  if (known === null || lines.some(line => hashOf(line) === known.hash)) return head
  // Others have written so much since that it is further up, or in an older file.
  const [first = Infinity] = numbers
  if (first > known.number && head !== null && head.number > known.number) return head
  return { number: Math.max(known.number, head?.number ?? 0), hash: known.hash }
}

/** Walks along the files of a log, oldest first. `known`: a head that was told elsewhere, and must be in it. */
export function walk(
  files: readonly { readonly file: string; readonly text: string }[],
  known: Head | null,
): AuditProof {
  const records: AuditRecord[] = []
  const breaks: AuditPlace[] = []
  const torn: AuditPlace[] = []
  let before: string | null = null
  let hasKnown = known === null
  for (const { file, text } of files)
    for (const [index, line] of linesOf(text).entries()) {
      const place = { file, line: index + 1 }
      const record = recordOf(line)
      if (record === null) torn.push({ ...place, why: 'no record: it was cut off while it was written' })
      else {
        const why = before === null ? beginning(record) : following(record, before, records.at(-1))
        if (why !== null) breaks.push({ ...place, why })
        records.push(record)
      }
      before = hashOf(line)
      hasKnown ||= before === known?.hash
    }
  // What is older than the oldest file was rotated away.
  const isGone = known !== null && known.number < (records[0]?.number ?? 0)
  const end = known === null || hasKnown || isGone ? [] : [missing(known, files.at(-1)?.file ?? '')]
  return { records, files: files.map(({ file }) => file), breaks: [...breaks, ...end], torn }
}

/** What is older was rotated away, unless it says that nothing was. */
const beginning = ({ number, previous }: AuditRecord): string | null =>
  (number === 1) === (previous === origin) ? null : 'its number and the line before it do not agree'

function following(record: AuditRecord, before: string, last: AuditRecord | undefined): string | null {
  if (record.previous !== before) return 'the line before it is not the one it was written after'
  return last !== undefined && record.number !== last.number + 1
    ? `its number is ${record.number}, after ${last.number}`
    : null
}

const missing = ({ number }: Head, file: string): AuditPlace => ({
  file,
  line: 0,
  why: `record ${number}, which the daemon wrote, is not there`,
})

const linesOf = (text: string): readonly string[] => text.split('\n').filter(line => line !== '')

function recordOf(line: string): AuditRecord | null {
  try {
    const record = JSON.parse(line) as Partial<AuditRecord> | null
    const isRecord = typeof record?.number === 'number' && typeof record.previous === 'string'
    return isRecord && typeof record.entry === 'string' ? (record as AuditRecord) : null
  } catch {
    return null
  }
}
