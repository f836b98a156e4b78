import type { AuditProof } from '../model/audit.js'
import { schemaVersion } from './json.js'

/** What `audit` prints. */
export const auditJson = ({ records }: AuditProof): string => print({ schemaVersion, records })

/** What `audit --verify` prints. */
export const auditProofJson = ({ records, files, breaks, torn }: AuditProof): string =>
  print({
    schemaVersion,
    whole: files.length === 0 ? null : breaks.length === 0,
    records: records.length,
    ...{ files, breaks, torn },
  })

const print = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
