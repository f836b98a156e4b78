import { spawnSync } from 'node:child_process'

const rounds = 10

/** How long the executable takes to say its version, beside the Node that runs this. The fastest of ten, each in turn. */
export function starts(executable: string): string {
  const fastest = { executable: Number.POSITIVE_INFINITY, node: Number.POSITIVE_INFINITY }
  for (let round = 0; round < rounds; round += 1) {
    fastest.executable = Math.min(fastest.executable, milliseconds(executable, ['--version']))
    fastest.node = Math.min(fastest.node, milliseconds(process.execPath, ['-e', '0']))
  }
  const { executable: own, node } = fastest
  return `starts in ${own.toFixed(0)} ms, ${(own / node).toFixed(2)} x \`node -e 0\` (${node.toFixed(0)} ms)\n`
}

function milliseconds(file: string, args: readonly string[]): number {
  const begun = process.hrtime.bigint()
  const { status } = spawnSync(file, args, { env: {} })
  if (status !== 0) throw new Error(`${file} ended with ${String(status)}`)
  return Number(process.hrtime.bigint() - begun) / 1e6
}
