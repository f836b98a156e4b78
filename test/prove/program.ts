import { nodeHost } from '../../src/host/node-host.js'
import type { Policy } from '../../src/model/policy.js'
import { serveProbes } from '../../src/prove/prober-program.js'
import { proveLive } from '../../src/prove/index.js'

/** What the command-line program does for `prove`, as a process that a test can kill: `program.mjs POLICY`. */
if (process.argv[2] === '--probe-prober') {
  serveProbes({
    input: process.stdin,
    output: process.stdout,
    pid: process.pid,
    exit: () => process.exit(),
  })
} else {
  process.stderr.write(`pid ${process.pid}\n`)
  const policy = JSON.parse(process.argv[2] ?? '{"controls":{},"imdsAllow":[]}') as Policy
  const prober = { file: process.execPath, args: [process.argv[1] ?? '', '--probe-prober'] }
  const report = await proveLive({ policy, prober }, nodeHost())
  process.stdout.write(JSON.stringify(report))
}
