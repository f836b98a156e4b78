import type { DesiredEntry } from '../model/desired.js'
import type { Outcome, Report } from '../model/report.js'
import type { Resource, ResourceId } from '../model/resource.js'
import type { Drift, DriftAction, Reason } from '../model/watch.js'

export interface DriftsInput {
  readonly held: ReadonlySet<ResourceId>
  /** By policy nothing is repaired. */
  readonly onlyTells: boolean
  /** How long ago a reason came, by a clock that nobody sets. */
  readonly agoMs: (reason: Reason) => number
}

/** What a look found amiss and what became of it, each with the reason that speaks of it. Pure. */
export function driftsOf(
  report: Report,
  reasons: readonly Reason[],
  { held, onlyTells, agoMs }: DriftsInput,
): readonly Drift[] {
  const [first] = reasons
  if (first === undefined) return []
  return report.outcomes.flatMap((outcome): readonly Drift[] => {
    const action = actionOf(outcome, held, onlyTells)
    if (action === null || !('from' in outcome)) return []
    const { entry, from } = outcome
    const reason = reasonFor(entry, reasons, first)
    return [
      {
        id: entry.id,
        controls: entry.controls,
        from,
        to: entry.state,
        seen: reason.at,
        stoodMs: between(reason.at, endOf(outcome, report), agoMs(reason)),
        action,
        ...(outcome.status === 'failed'
          ? { because: outcome.error.message, isUndone: outcome.error.code === 'E_VERIFY' }
          : {}),
        reason,
        during: restartOf(reason),
      },
    ]
  })
}

/** Where the clock was set meanwhile, the time from one to the other is none: it is `mostMs` at most. */
function between(from: Date, to: Date, mostMs: number): number {
  const ms = to.getTime() - from.getTime()
  return ms < 0 || ms > mostMs ? mostMs : ms
}

/** What an event told of was put back before the rest was looked at. */
const endOf = (outcome: Outcome, { at }: Report): Date =>
  (outcome.status === 'changed' ? outcome.at : undefined) ?? at

function actionOf(outcome: Outcome, held: ReadonlySet<ResourceId>, onlyTells: boolean): DriftAction | null {
  if (outcome.entry.reportOnly === true) return null
  if (outcome.status === 'changed' || outcome.status === 'pending') return 'repaired'
  if (outcome.status === 'failed') return 'failed'
  if (outcome.status !== 'drifted') return null
  if (held.has(outcome.entry.id)) return 'held'
  // It drifted while others were repaired: the next look repairs it, and tells then.
  return onlyTells ? 'reported' : null
}

/** A reason that names the place of the entry; else one with a culprit; else the first. */
function reasonFor({ resource }: DesiredEntry, reasons: readonly Reason[], first: Reason): Reason {
  return (
    reasons.find(reason => isAbout(resource, reason) && reason.culprit !== undefined) ??
    reasons.find(reason => isAbout(resource, reason)) ??
    reasons.find(reason => reason.culprit !== undefined) ??
    first
  )
}

/** The reason names the place of the resource. */
export function isAbout(resource: Resource, { what }: Reason): boolean {
  const words = placeOf(resource)
  const told = what.split(/[\s;/]+/)
  return words.length > 0 && words.every(word => told.includes(word))
}

/** Words that tell of it in the line of a trigger: "delete rule ip filter DOCKER-USER handle 5". */
function placeOf(resource: Resource): readonly string[] {
  if (resource.kind === 'iptables-rule' || resource.kind === 'iptables-chain')
    return [resource.family === 'ipv4' ? 'ip' : 'ip6', resource.table, resource.chain]
  if (resource.kind === 'fence-chain' || resource.kind === 'fence-rule') return ['inet', resource.table]
  if (resource.kind === 'sysctl') return resource.key.split('.').slice(-2)
  return []
}

/** Services that take rules away and bring them back when they restart: Docker, the agent, firewalls. */
export const restartingUnits: readonly string[] = [
  ...['docker', 'containerd', 'ecs', 'amazon-ecs', 'firewalld', 'ufw', 'nftables'],
  ...['iptables', 'ip6tables', 'netfilter-persistent'],
].map(name => `${name}.service`)

function restartOf({ culprit }: Reason): string | null {
  const unit = culprit?.unit ?? ''
  if (restartingUnits.includes(unit)) return unit
  return /^(\S*\/)?dockerd\b/.test(culprit?.command ?? '') ? 'docker.service' : null
}

/** Nobody could tell whose doing it was: no process was seen, or it was gone. */
export const isUnexplained = ({ during, reason: { culprit } }: Drift): boolean =>
  during === null && (culprit?.unit ?? null) === null

/** The same with the unit that restarts just now, for those that nobody explains. */
export const explained = (drifts: readonly Drift[], unit: string | null): readonly Drift[] =>
  drifts.map(drift => (unit !== null && isUnexplained(drift) ? { ...drift, during: unit } : drift))
