import type { Context } from '../controls/control.js'
import type { Host } from '../host/host.js'
import type { Look } from '../look/look.js'
import type { Plan } from '../model/plan.js'
import type { Policy } from '../model/policy.js'
import type { Report } from '../model/report.js'
import { unconfirmedPath, type Before } from '../model/trace.js'
import { kindOf } from '../resources/index.js'
import { namelessChanges } from './before-writing.js'
import { readStates, writeStates } from './record.js'
import { restore } from './restore.js'
import { tracesOf } from './traces.js'

/** An apply that waits to be confirmed, or was taken back because nobody did. */
export interface Unconfirmed {
  /** What stood before it, in the order in which it is put back. */
  readonly before: readonly Before[]
  /** ISO 8601. */
  readonly until: string
  /** The timer that takes it back. */
  readonly unit: string
  /** The boot in which that timer runs. */
  readonly boot: string
  readonly isTakenBack: boolean
}

/** All of ours as it stands, and all that the plan changes beside it. Rejects where some of it could not be told. */
export async function standingBefore(
  context: Pick<Context, 'facts' | 'platform'>,
  plan: Plan,
  look: Look,
): Promise<readonly Before[]> {
  const changed = await namelessChanges(plan, look)
  const resources = tracesOf(
    context,
    '',
    changed.map(({ resource }) => resource),
  ).filter(({ kind }) => kind !== 'running-unit')
  return Promise.all(
    resources.map(async resource => {
      const known = changed.find(one => one.resource === resource)
      if (known !== undefined) return known
      const state = await kindOf(resource).read(resource, look, null)
      // Pulled in by a part of what should is as good as enabled.
      return { resource, state: resource.kind === 'service-unit' && state !== null ? 'enabled' : state }
    }),
  )
}

export async function readUnconfirmed(host: Host): Promise<Unconfirmed | null> {
  const told = await readStates(host, unconfirmedPath)
  if (told === null) return null
  const { before, until, unit, boot, isTakenBack } = told
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return {
    ...{ before, until: text(until), unit: text(unit), boot: text(boot) },
    isTakenBack: isTakenBack === true,
  }
}

export const writeUnconfirmed = (unconfirmed: Unconfirmed, host: Host): Promise<void> =>
  writeStates(unconfirmedPath, unconfirmed, host)

/** Puts everything back as it stood. Null where nothing waits any more (it was confirmed meanwhile), or nothing is due. */
export async function takeBack(
  policy: Policy,
  {
    writeLock,
    isDue,
  }: {
    readonly writeLock: () => Promise<() => Promise<void>>
    readonly isDue: (found: Unconfirmed) => Promise<boolean>
  },
  host: Host,
): Promise<Report | null> {
  const release = await writeLock()
  try {
    const found = await readUnconfirmed(host)
    if (found === null || found.isTakenBack || !(await isDue(found))) return null
    const entries = found.before.map(({ resource, state }) => ({
      ...{ resource, state, controls: [] },
      id: kindOf(resource).id(resource),
    }))
    const held = () => Promise.resolve(() => Promise.resolve())
    const report = await restore({ policy, mode: 'apply', entries, notes: [], writeLock: held }, host)
    if (report.verdict !== 'failed' && report.verdict !== 'unknown')
      await writeUnconfirmed({ ...found, isTakenBack: true }, host)
    return report
  } finally {
    await release()
  }
}
