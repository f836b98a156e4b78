import t from 'tap'
import type { DaemonStatus } from '../../src/model/status.js'
import { taskfence } from './fakes.js'

const path = '/run/taskfence/status.json'
const now = new Date('2025-03-04T05:06:07Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString()

const status = (given: Partial<DaemonStatus> = {}, lookedAgo = 20): DaemonStatus => ({
  schemaVersion: 1,
  pid: 812,
  since: ago(9000),
  onDrift: 'repair',
  protectedSince: ago(8000),
  lastLook: { at: ago(lookedAgo), ms: 31, verdict: 'in-sync' },
  looks: 150,
  failedLooks: 0,
  drifts: { repaired: 0, reported: 0, held: 0, failed: 0 },
  contested: [],
  triggers: [{ name: 'schedule', ailing: null }],
  audit: { number: null, hash: null, ailing: null },
  ...given,
})

const runs = (text: string, argv = 'node /usr/bin/taskfence watch') =>
  taskfence(['status'], { files: { [path]: text, '/proc/812/cmdline': argv.replaceAll(' ', '\0') } })

t.test('a daemon that runs', async t => {
  const { exit, stdout } = await runs(JSON.stringify(status()))
  t.match(stdout, /^Protected since .*\(2 h 13 min\): every promise held at each look\.\n/)
  t.equal(exit, 0)
  for (const argv of ['taskfence watch --policy /x', '/opt/taskfence-linux-x64 --log-level debug watch'])
    t.equal((await runs(JSON.stringify(status()), argv)).exit, 0, argv)
})

t.test('one that has not looked for long', async t => {
  const { stdout } = await runs(JSON.stringify(status({}, 4000)))
  t.match(stdout, /held at each look, the last\s+one 1 h 6 min ago\./)
})

t.test('a file that a daemon left behind, and a number that is somebody else\u2019s by now', async t => {
  for (const argv of ['', 'watch -n 1 date', 'taskfence apply', 'vi watch taskfence']) {
    const { exit, stdout } = await runs(JSON.stringify(status()), argv)
    t.match(stdout, /^No daemon runs here[\s\S]*The last one looked at 2025/, argv)
    t.equal(exit, 3)
  }
  t.equal((await taskfence(['status'], {})).exit, 3, 'none at all')
})

t.test('a file that is none of this program', async t => {
  for (const text of ['', 'null', '[]', '{}', '{"schemaVersion":2}', '{"schema'])
    t.match(await runs(text), { exit: 3, stderr: /status\.json: is no/ }, text)
})
