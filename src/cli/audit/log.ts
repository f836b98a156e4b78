import type { Host } from '../../host/host.js'
import type { Journal } from '../../host/journal.js'
import type { AuditEvent } from '../../model/audit.js'
import { isResourceError, TaskfenceError } from '../../model/errors.js'
import type { AuditPolicy } from '../../model/policy.js'
import { placesOf } from '../../platforms/places.js'
import { takeLock, type Holder } from '../lock.js'
import { chained, headOf, type Head } from './chain.js'

export interface AuditInput {
  readonly host: Host
  /** /var/log/taskfence */
  readonly folder: string
  readonly journal: Journal
  readonly policy: AuditPolicy
  readonly holder: Holder
  /** The last record that was told elsewhere to be in it; null: none was. */
  readonly known: Head | null
}

/** More than any line; a path or a command line in it is cut. */
const longestLine = 64 * 1024
const mebibyte = 1024 * 1024
const lockSeconds = 5

/** The files of a log that may be there, newest first: audit.jsonl, audit.jsonl.1, … */
export const auditFiles = (folder: string, { files }: AuditPolicy): readonly string[] =>
  Array.from({ length: files }, (_, age) => `${folder}/audit.jsonl${age === 0 ? '' : `.${age}`}`)

/** Writes events down behind the last one. Answers with the new head. Rejects where nothing was written. */
export async function appendEvents(events: readonly AuditEvent[], input: AuditInput): Promise<Head | null> {
  const { host, journal, folder, policy } = input
  await host.files.mkdir(folder, 0o700)
  const release = await takeLock(host, lockSeconds, input.holder, placesOf(host).lockFolder, 'audit')
  try {
    const [file = '', ...older] = auditFiles(folder, policy)
    let end = await journal.end(file, longestLine)
    const before = end ?? (await journal.end(`${file}.1`, longestLine))
    const { text, head } = chained(events, headOf(before?.text ?? '', input.known))
    if (end !== null && end.size + text.length > policy.megabytes * mebibyte) {
      await rotate(file, older, input)
      end = null
    }
    // What was cut off stays as it is, a line of its own.
    const isTorn = end !== null && end.size > 0 && !end.text.endsWith('\n')
    await journal.append(file, isTorn ? `\n${text}` : text)
    return head
  } finally {
    await release()
  }
}

async function rotate(file: string, older: readonly string[], { host, journal }: AuditInput): Promise<void> {
  const names = [file, ...older]
  for (let age = older.length; age > 0; age -= 1) await journal.rename(names[age - 1] ?? '', names[age] ?? '')
  // A single file has no older one to become.
  if (older.length === 0) await host.files.remove(file)
}

/** Errors that leave the rest of a run as it is. */
export const isAuditTrouble = (error: unknown): boolean =>
  isResourceError(error) || (error instanceof TaskfenceError && error.code === 'E_BUSY')
