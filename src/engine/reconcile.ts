import { controls as allControls } from '../controls/index.js'
import type { Context, Control } from '../controls/control.js'
import type { Host } from '../host/host.js'
import type { Memory } from '../look/memory.js'
import type { DesiredState } from '../model/desired.js'
import type { OsFamily } from '../model/facts.js'
import type { Plan } from '../model/plan.js'
import type { ControlId, Policy } from '../model/policy.js'
import type { Note, Outcome, Report } from '../model/report.js'
import type { ResourceId } from '../model/resource.js'
import type { Before } from '../model/trace.js'
import { platformFor } from '../platforms/index.js'
import type { Platform } from '../platforms/platform.js'
import { afterRestart, waits } from './after-restart.js'
import { apply, outcomesOfApply, outcomesOfCheck, type Restarts } from './apply.js'
import { desire } from './desire.js'
import { asPutBack, putFirst, type First, type PutBack } from './first.js'
import { notesOf } from './notes.js'
import { diff, observe } from './observe.js'
import { proveAll } from './prove.js'
import { remember } from './record.js'
import { restartCommand, type Progress } from './restart.js'
import { survey } from './survey.js'
import { standingBefore } from './unconfirmed.js'
import { verdictOf } from './verdict.js'

export interface ReconcileInput {
  readonly policy: Policy
  readonly mode: 'check' | 'apply'
  /** Only these controls; all when left out. */
  readonly only?: readonly ControlId[]
  /** Held only while writing. Rejects with E_BUSY. */
  readonly writeLock: () => Promise<() => Promise<void>>
  /** An event asks for it: the write lock is taken before the look, so what is seen is what stands; what the event tells of is put back before all else. */
  readonly urgent?: { readonly first: First | null }
  /** Entries that are fought over: told as drifted, not written. */
  readonly hold?: ReadonlySet<ResourceId>
  /** Told what stands before anything is written; where it rejects nothing is. */
  readonly guard?: (before: readonly Before[]) => Promise<void>
  /** What a program that looks again and again keeps from look to look. */
  readonly memory?: Memory
  /** apply: restart what is waited for, and tell here how it goes. */
  readonly restart?: Progress
}

/** Rejects with a TaskfenceError when the run as a whole cannot be (unsupported host). */
export async function reconcile(input: ReconcileInput, host: Host): Promise<Report> {
  const report = await arrow(input, host)
  if (input.restart === undefined || !report.outcomes.some(waits)) return report
  return afterRestart(report, () => arrow(input, host), platformFor(report.facts.os), host, input.restart)
}

async function arrow(input: ReconcileInput, host: Host): Promise<Report> {
  if (input.urgent === undefined) return trip(input, host, new Map())
  const locked = input.writeLock()
  const { first } = input.urgent
  const putting = first === null ? locked.then(() => new Map()) : putFirst(first, locked, host, input.memory)
  try {
    return await trip(input, host, await putting)
  } finally {
    await (
      await locked
    )()
  }
}

async function trip(input: ReconcileInput, host: Host, put: PutBack): Promise<Report> {
  let seen = await look(input, host)
  let outcomes: readonly Outcome[] = outcomesOfCheck(diff(seen.observations), seen.restarts)
  let unrecorded: readonly Note[] = []
  if (input.mode === 'apply' && outcomes.some(outcome => isWritable(outcome, input.hold))) {
    const release = input.urgent === undefined ? await input.writeLock() : undefined
    try {
      // Another run may have written while this one waited.
      if (release !== undefined) seen = await look(input, host)
      const plan = without(diff(seen.observations), input.hold)
      if (input.guard !== undefined) await input.guard(await standingBefore(seen.context, plan, seen.look))
      unrecorded = await remember(plan, seen.desired, seen.look, host)
      const failures = await apply(plan, host)
      const after = await lookAgain(input, seen.desired, host)
      outcomes = outcomesOfApply(plan, failures, after.observations, seen.restarts)
      seen = { ...seen, ...after, context: { ...seen.context, facts: after.look.facts } }
    } finally {
      await release?.()
    }
  }
  outcomes = asPutBack(outcomes, put)
  const claims = await proveAll(seen.context, seen.controls, seen.look)
  return {
    at: host.now(),
    facts: seen.context.facts,
    policy: input.policy,
    outcomes,
    claims,
    skipped: seen.desired.skipped,
    notes: [
      ...notesOf(seen.context, seen.controls, outcomes, claims),
      ...bootNotes(seen.context),
      ...unrecorded,
    ],
    verdict: verdictOf(outcomes, claims),
  }
}

const bootNotes = ({ facts, platform }: Omit<Context, 'mode'>): readonly Note[] =>
  platform.bootNotes(facts).map(text => ({ text }))

const isWritable = ({ status, entry }: Outcome, hold: ReconcileInput['hold']): boolean =>
  status === 'drifted' && entry.reportOnly !== true && hold?.has(entry.id) !== true

const without = (plan: Plan, hold: ReconcileInput['hold']): Plan => ({
  ...plan,
  changes: plan.changes.filter(({ entry }) => hold?.has(entry.id) !== true),
})

async function look(input: ReconcileInput, host: Host) {
  const { facts, look } = await survey(host, 'until told', input.memory)
  const context = { facts, policy: input.policy, platform: platformFor(facts.os) }
  const controls = controlsFor(facts.os.family, input.only)
  const desired = desire(context, controls, input.only === undefined)
  const [observations, restarts] = await Promise.all([
    observe(desired, look),
    restartsOf(desired, context.platform, host),
  ])
  return { context, controls, desired, look, observations, restarts }
}

/** The exact commands, in words. */
async function restartsOf({ entries }: DesiredState, platform: Platform, host: Host): Promise<Restarts> {
  const units = new Set(entries.flatMap(({ restart, waits }) => (waits === true ? (restart ?? []) : [])))
  return new Map(
    await Promise.all(
      [...units].map(async (unit): Promise<readonly [string, string]> => {
        const { file, args } = await restartCommand(unit, platform, host)
        return [unit, `restart needed: \`${[file, ...args].join(' ')}\``]
      }),
    ),
  )
}

export const controlsFor = (family: OsFamily, only: ReconcileInput['only']): readonly Control[] =>
  allControls.filter(({ id, os = 'linux' }) => os === family && (only?.includes(id) ?? true))

/** The same desired state: what was asked for is what must now stand. */
async function lookAgain({ memory }: ReconcileInput, desired: DesiredState, host: Host) {
  const { look } = await survey(host, 'until told', memory)
  return { look, observations: await observe(desired, look) }
}
