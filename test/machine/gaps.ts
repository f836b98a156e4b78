import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Machine } from './machine.js'

/** Who looks whether a table stands: after each transaction of the kernel, as nft monitor tells them. */
export interface GapWatch {
  /** How long it was away, in milliseconds, each time since this was last asked. */
  gaps(): Promise<readonly number[]>
  stop(): void
}

/** Of a table of the family inet that stands now. */
export async function watchGaps(machine: Machine, table: string): Promise<GapWatch> {
  const [file = '', ...args] = machine.enter(['nft', 'monitor'])
  const monitor = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let gaps: readonly number[] = []
  let stands = true
  let goneAt: number | undefined
  let marks = 0
  createInterface({ input: monitor.stdout }).on('line', line => {
    if (line === `delete table inet ${table}`) stands = false
    else if (line === `add table inet ${table}`) stands = true
    else if (line === `delete table ${mark}`) marks += 1
    else if (line.startsWith('# new generation')) {
      if (!stands) goneAt ??= performance.now()
      else if (goneAt !== undefined) {
        gaps = [...gaps, performance.now() - goneAt]
        goneAt = undefined
      }
    }
  })
  /** All that happened before has been told by then. */
  const caughtUp = async () => {
    const before = marks
    for (const end = Date.now() + 10_000; marks === before;) {
      if (Date.now() > end) throw new Error('nft monitor tells nothing')
      await machine.must(['nft', `add table ${mark}; delete table ${mark}`])
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  await caughtUp()
  return {
    gaps: async () => {
      await caughtUp()
      const told = goneAt === undefined ? gaps : [...gaps, Infinity]
      gaps = []
      return told
    },
    stop: () => monitor.kill(),
  }
}

const mark = 'inet mark_of_a_test'
