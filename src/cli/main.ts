import { parts } from './parts.js'
import { run } from './run.js'

// `taskfence facts | head -1`: the reader left, which is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await run(process.argv.slice(2), {
  parts,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  // Windows has no such number.
  userId: process.getuid?.(),
  pid: process.pid,
  now: () => new Date(),
})
