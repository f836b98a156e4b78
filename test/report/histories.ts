import type { AuditProof, AuditRecord } from '../../src/model/audit.js'

/** An audit log with one of each: a first apply, a repair, one that is fought over, one that failed. */
export function history(name = 'iptables filter/DOCKER-USER'): AuditProof {
  const records = [
    ...[`${name} one`, `${name} two`].map(entry =>
      record({ entry, by: 'apply', who: null, trigger: 'asked', what: 'taskfence apply' }),
    ),
    record({ entry: name, at: second(5), stoodMs: 19 }),
    record({ entry: name, at: second(9), action: 'held', contested: true, during: 'firewalld.service' }),
    record({ entry: name, at: second(12), action: 'failed', because: `${name} is locked` }),
  ].map((one, index) => ({ ...one, number: index + 1 }))
  return { records, files: ['/var/log/taskfence/audit.jsonl'], breaks: [], torn: [] }

  function record(given: Partial<AuditRecord>): AuditRecord {
    const at = given.at ?? second(0)
    return {
      schemaVersion: 1,
      number: 0,
      previous: '0'.repeat(64),
      by: 'watch',
      entry: name,
      controls: ['imds-bridge'],
      from: null,
      to: 'present',
      seen: at,
      stoodMs: 0,
      action: 'repaired',
      trigger: 'nft',
      what: `delete rule ${name}`,
      who: { pid: 4121, command: `iptables ${name}`, unit: 'firewalld.service' },
      during: null,
      contested: false,
      ...given,
      at,
    }
  }
}

const second = (of: number): string => new Date(Date.UTC(2026, 0, 1, 3, 12, of)).toISOString()
