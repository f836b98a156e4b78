import type { Host } from '../host/host.js'
import type { DesiredEntry } from '../model/desired.js'
import { TaskfenceError } from '../model/errors.js'
import type { Policy } from '../model/policy.js'
import type { Note, Report } from '../model/report.js'
import { platformFor } from '../platforms/index.js'
import { placesOf } from '../platforms/places.js'
import { kindOf } from '../resources/index.js'
import { leftovers } from './leftovers.js'
import { forget, readRecord } from './record.js'
import { restore } from './restore.js'
import { survey } from './survey.js'
import { stateBefore, tracesOf } from './traces.js'

export interface RevertInput {
  readonly policy: Policy
  readonly mode: 'check' | 'apply'
  /** Rejects with E_BUSY. */
  readonly writeLock: () => Promise<() => Promise<void>>
}

/** The arrow, with what stood before the first apply as what is wanted. */
export async function revert(input: RevertInput, host: Host): Promise<Report> {
  const { facts, look } = await survey(host)
  if (facts.os.family === 'windows')
    throw new TaskfenceError('E_UNSUPPORTED', 'revert is for Linux', {
      hint: 'On Windows, windows\\Uninstall-Taskfence.ps1 takes taskfence away.',
    })
  const context = { facts, policy: input.policy, platform: platformFor(facts.os) }
  const record = await readRecord(host)
  const lock = `${placesOf(host).lockFolder}/daemon`
  const resources = tracesOf(
    context,
    lock,
    record.map(({ resource }) => resource),
  )
  const id = (resource: DesiredEntry['resource']) => kindOf(resource).id(resource)
  const entries = resources.map(resource => ({
    resource,
    state: stateBefore(resource, record, id),
    id: id(resource),
    controls: [],
  }))
  const notes = await leftovers(context, record, look)
  const report = await restore({ ...input, entries, notes }, host)
  if (input.mode === 'check') return { ...report, notes: [...emptied(report), ...report.notes] }
  if (report.verdict !== 'failed' && report.verdict !== 'unknown') await forget(host)
  return report
}

/** What others may use goes only once nothing of ours is in it, which nobody can see before. */
function emptied({ outcomes }: Report): readonly Note[] {
  const names = outcomes.flatMap(({ status, entry: { resource, state, id } }) => {
    if (status !== 'in-sync' || state !== null) return []
    return resource.kind === 'made-path' ? [resource.path] : resource.kind === 'iptables-chain' ? [id] : []
  })
  return names.length === 0
    ? []
    : [{ text: `go too, where nothing else is left in them: ${names.join(', ')}` }]
}
