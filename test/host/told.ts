import type { Test } from 'tap'
import type { ExecOptions, ExecResult } from '../lab/execute.js'
import { compare, type OpenConnections, type ToldReport, type World } from './reality.js'

export interface Told {
  readonly host: { taskfence(args: readonly string[], options?: ExecOptions): Promise<ExecResult> }
  readonly world: World
  readonly open: OpenConnections
}

/** What `check` ends with, and each of its lines beside the packet. */
export async function told(
  t: Test,
  { host, world, open }: Told,
  exitCode: number,
  when: string,
): Promise<void> {
  const checked = await host.taskfence(['check', '--format', 'json'])
  const { claims, outcomes } = JSON.parse(checked.stdout) as ToldReport
  const differing = outcomes.filter(({ status }) => status !== 'in-sync')
  t.equal(checked.exitCode, exitCode, `${when}: check ends with ${exitCode}`, { differing })
  const { compared, unknown, disagreements } = await compare(world, claims, open)
  t.same(
    { unknown, disagreements },
    { unknown: [], disagreements: [] },
    `${when}: ${compared} lines and packets agree`,
  )
}
