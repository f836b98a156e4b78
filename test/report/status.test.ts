import t from 'tap'
import type { DaemonStatus } from '../../src/model/status.js'
import { plain } from '../../src/report/paint.js'
import { statusText } from '../../src/report/status-text.js'

// What the first line tells of a daemon that is well stands in the docs; these are the others.

const now = '2026-01-01T10:00:00.000Z'
const daemon: DaemonStatus = {
  schemaVersion: 1,
  pid: 7,
  since: '2026-01-01T08:00:00.000Z',
  onDrift: 'repair',
  protectedSince: null,
  lastLook: { at: '2026-01-01T09:59:00.000Z', ms: 20, verdict: 'failed' },
  looks: 9,
  failedLooks: 0,
  drifts: { repaired: 2, reported: 0, held: 0, failed: 1 },
  contested: [],
  triggers: [],
  audit: { number: null, hash: null, ailing: null },
}
const headOf = (status: Partial<DaemonStatus>) =>
  statusText({ isRunning: true, now, status: { ...daemon, ...status }, counters: null }, plain, 100).split(
    '\n',
  )[0]

t.test('the first line says whether this host is protected', async t => {
  t.equal(
    headOf({}),
    'Not protected: a promise is broken or could not be told. `sudo taskfence check` says which.',
  )
  t.equal(
    headOf({ lastLook: { ...daemon.lastLook, verdict: null, because: 'iptables did not answer in 10 s' } }),
    'Could not tell: iptables did not answer in 10 s',
  )
  t.equal(
    headOf({ lastLook: { ...daemon.lastLook, verdict: null } }),
    'Could not tell: the last look could not be',
  )
  const protectedSince = '2026-01-01T09:00:00.000Z'
  t.match(headOf({ protectedSince }), /^Protected since .* every promise held at each look\.$/)
  const at = '2026-01-01T09:50:00.000Z'
  t.match(
    headOf({ protectedSince, lastLook: { ...daemon.lastLook, at } }),
    /^Protected since .*, the last one 10 min ago\.$/,
    'a daemon that hangs does not say so itself',
  )
})
