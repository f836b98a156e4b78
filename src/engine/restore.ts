import type { Host } from '../host/host.js'
import type { DesiredEntry } from '../model/desired.js'
import type { Plan } from '../model/plan.js'
import type { Policy } from '../model/policy.js'
import type { Note, Report } from '../model/report.js'
import { apply, outcomesOfApply, outcomesOfCheck, type Failures } from './apply.js'
import { diff, observe } from './observe.js'
import { survey } from './survey.js'
import { verdictOfOutcomes } from './verdict.js'

export interface RestoreInput {
  readonly policy: Policy
  readonly mode: 'check' | 'apply'
  readonly entries: readonly DesiredEntry[]
  readonly notes: readonly Note[]
  readonly writeLock: () => Promise<() => Promise<void>>
}

/** The arrow for states that stood once. Nothing is promised of them. */
export async function restore(input: RestoreInput, host: Host): Promise<Report> {
  const { facts, outcomes } = await (input.mode === 'check' ? planned(input, host) : written(input, host))
  return {
    at: host.now(),
    facts,
    policy: input.policy,
    outcomes,
    claims: [],
    skipped: [],
    notes: input.notes,
    verdict: verdictOfOutcomes(outcomes),
  }
}

async function look({ entries }: RestoreInput, host: Host) {
  const { facts, look } = await survey(host)
  const observations = await observe({ entries, skipped: [] }, look)
  return { facts, observations, plan: diff(observations) }
}

async function planned(input: RestoreInput, host: Host) {
  const seen = await look(input, host)
  return { ...seen, outcomes: outcomesOfCheck(seen.plan) }
}

/** More than once: a chain that only we used is empty once our rules have gone, and its table once the chain has. */
async function written(input: RestoreInput, host: Host) {
  const release = await input.writeLock()
  try {
    let seen = await look(input, host)
    const changes = new Map<string, Plan['changes'][number]>()
    let failures: Failures = new Map()
    for (let trip = 1; trip <= trips && seen.plan.changes.length > 0; trip += 1) {
      for (const change of seen.plan.changes)
        if (!changes.has(change.entry.id)) changes.set(change.entry.id, change)
      failures = await apply(seen.plan, host)
      seen = await look(input, host)
    }
    const plan = { ...seen.plan, changes: [...changes.values()] }
    return { ...seen, outcomes: outcomesOfApply(plan, failures, seen.observations) }
  } finally {
    await release()
  }
}

const trips = 4
