import type { Command } from '../command.js'
import { exits } from '../exit.js'

export const audit: Command = {
  name: 'audit',
  synopsis: 'audit',
  words: 0,
  options: ['verify', 'format', 'policy', 'no-color', 'log-level'],
  summary: 'what drifted, who did it, and what was done about it',
  story: `Lists the audit log, the oldest first: each entry that was not as desired, from →
to, when it was seen, how long it stood, who did it where that was known, and
what became of it. The daemon writes it, and so does apply when it changes
something. Exit 0: listed; 3: it could not be read.
--verify follows the hash that each record has of the line before it. Exit 0: the
chain is whole; 1: it breaks, and where; 3: there is no log, or it could not be
read.`,
  needsRoot: true,
  async run(call) {
    const { readAudit } = await import('../audit/read.js')
    const proof = await readAudit(call)
    const { verify, format } = call.options
    if (format === 'json') {
      const { auditJson, auditProofJson } = await import('../../report/audit-json.js')
      call.print(verify ? auditProofJson(proof) : auditJson(proof))
    } else {
      const { auditText, auditProofText } = await import('../../report/audit-text.js')
      call.print(
        verify ? auditProofText(proof, call.paint, call.width) : auditText(proof, call.paint, call.width),
      )
    }
    if (!verify) return exits.ok
    if (proof.breaks.length > 0) return exits.broken
    return proof.files.length === 0 ? exits.unknown : exits.ok
  },
}
