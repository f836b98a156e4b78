import { nodeHost } from '../../src/host/node-host.js'
import type { Policy } from '../../src/model/policy.js'
import { serveProbes } from '../../src/prove/helper-program.js'
import { proveLive } from '../../src/prove/index.js'

/** What the command-line program does for `prove`, as a process that a test can kill: `program.mjs POLICY`. */
if (process.argv[2] === '--probe-helper') {
  serveProbes({
    input: process.stdin,
    output: process.stdout,
    pid: process.pid,
    exit: () => process.exit(),
  })
} else {
  process.stderr.write(`pid ${process.pid}\n`)
  const policy = JSON.parse(process.argv[2] ?? '{"controls":{},"imdsAllow":[]}') as Policy
  const helper = { file: process.execPath, args: [process.argv[1] ?? '', '--probe-helper'] }
  const report = await proveLive({ policy, helper }, nodeHost())
  process.stdout.write(JSON.stringify(report))
}
