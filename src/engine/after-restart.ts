import type { Host } from '../host/host.js'
import type { DesiredEntry } from '../model/desired.js'
import { CommandError, isResourceError, type ResourceError } from '../model/errors.js'
import type { Outcome, Report } from '../model/report.js'
import type { Platform } from '../platforms/platform.js'
import { restart, type Progress } from './restart.js'
import { verdictOf } from './verdict.js'

type Pending = Extract<Outcome, { readonly status: 'pending' }>

/** Restarts what the report waits for, takes the arrow once more, and says what came of both. */
export async function afterRestart(
  first: Report,
  again: () => Promise<Report>,
  platform: Platform,
  host: Host,
  progress: Progress,
): Promise<Report> {
  const failures = new Map<string, ResourceError>()
  let queued = false
  for (const unit of new Set(first.outcomes.filter(waits).map(({ entry }) => entry.restart ?? ''))) {
    try {
      queued ||= (await restart(unit, platform, host, progress)) === 'queued'
    } catch (error) {
      if (!isResourceError(error)) throw error
      failures.set(unit, error)
    }
  }
  if (queued) return { ...first, outcomes: first.outcomes.map(outcome => queuedOutcome(outcome)) }
  const second = await again()
  const outcomes = second.outcomes.map(outcome => together(first.outcomes, outcome, failures))
  return { ...second, outcomes, verdict: verdictOf(outcomes, second.claims) }
}

export const waits = (outcome: Outcome): outcome is Pending =>
  outcome.status === 'pending' && outcome.entry.reportOnly !== true

const queuedOutcome = (outcome: Outcome): Outcome =>
  waits(outcome)
    ? { ...outcome, because: `${outcome.entry.restart ?? ''} restarts when cloud-init has ended` }
    : outcome

/** What the first trip wrote and the second found in place is a change. What still waits will not come by waiting. */
function together(
  before: readonly Outcome[],
  outcome: Outcome,
  failures: ReadonlyMap<string, ResourceError>,
): Outcome {
  const { entry } = outcome
  const first = before.find(({ entry: { id } }) => id === entry.id)
  if (waits(outcome)) {
    const error = failures.get(entry.restart ?? '') ?? unmoved(entry)
    return { status: 'failed', entry, from: entry.state, error }
  }
  const written = first?.status === 'changed' || (first?.status === 'pending' && first.from !== entry.state)
  return outcome.status === 'in-sync' && written ? { status: 'changed', entry, from: first.from } : outcome
}

/** A drop-in, or a container that is not ecs-init's, may give it another environment. */
const unmoved = ({ resource, restart: unit = '' }: DesiredEntry): CommandError =>
  new CommandError({ file: unit, args: [] }, undefined, {
    message: `${unit} has restarted, and its agent is without ${'name' in resource ? resource.name : 'it'} all the same`,
    hint: `look at \`systemctl cat ${unit}\` and at \`docker inspect ecs-agent\``,
  })
