import { build } from 'esbuild'
import t from 'tap'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reconcile } from '../../src/engine/reconcile.js'
import type { Command } from '../../src/model/command.js'
import type { Policy } from '../../src/model/policy.js'
import type { Probe, ProveReport } from '../../src/model/prove.js'
import { proveLive } from '../../src/prove/index.js'
import { labHost } from '../lab/lab-host.js'
import type { Lab } from '../lab/lab.js'
import { policyOf } from '../fakes/machine.js'

/** program.ts as one file that node runs inside the lab. */
export async function buildProgram(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskfence-prove-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'program.mjs')
  const require =
    "import { createRequire as __programRequire } from 'node:module'; const require = __programRequire(import.meta.url);"
  await build({
    entryPoints: ['test/prove/program.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: require },
    logLevel: 'error',
  })
  return outfile
}

export const proberIn = (program: string): Command => ({
  file: process.execPath,
  args: [program, '--probe-prober'],
})

export const defaults: Policy = policyOf()

export const apply = (lab: Lab, policy: Policy = defaults) =>
  reconcile(
    { policy, mode: 'apply', writeLock: () => Promise.resolve(() => Promise.resolve()) },
    labHost(lab),
  )

export const proveIn = (lab: Lab, program: string, policy: Policy = defaults): Promise<ProveReport> =>
  proveLive({ policy, prober: proberIn(program) }, labHost(lab))

/** "imds-bridge docker0 ipv4: true dropped by the fence: forward, counter imds_bridge_ipv4 (+N)". */
export function line({ control, claim, packet }: Probe): string {
  const { origin, family } = claim
  const where = origin.kind === 'container' ? origin.bridge : origin.kind
  const words = [packet.because, packet.evidence].filter(text => text !== undefined).join('; ')
  return `${control} ${where} ${family}: ${String(packet.holds)} ${words.replace(/\(\+\d+\)/g, '(+N)')}`
}

/** Claims that the rules and the packet answer differently, both being sure. */
export const disagreements = (report: ProveReport): readonly string[] =>
  report.probes
    .filter(
      ({ model, packet }) => model.holds !== null && packet.holds !== null && model.holds !== packet.holds,
    )
    .map(
      probe =>
        `${line(probe)}; the rules say ${String(probe.model.holds)} ${probe.model.because ?? probe.model.evidence ?? ''}`,
    )

/** What a run could leave behind on the host. */
export async function traces(lab: Lab): Promise<readonly string[]> {
  const links = await lab.must(['ip', '-o', 'link', 'show'])
  const tables = lab.layout.has('no-nft') ? '' : await lab.must(['nft', 'list', 'tables'])
  const neighbours = await lab.must(['ip', 'neigh', 'show'])
  const processes = await lab.exec(['sh', '-c', 'grep -la [p]robe-prober /proc/[0-9]*/cmdline; true'])
  return [
    ...links.split('\n').filter(text => / tfp\w+/.test(text)),
    ...tables.split('\n').filter(text => text.includes('taskfence_prove')),
    ...neighbours
      .split('\n')
      .filter(text => text.includes('fe:ff:fe'))
      .map(text => `neighbour ${text}`),
    ...processes.stdout.split('\n').filter(text => text !== '' && !text.includes('/self/')),
  ]
}
