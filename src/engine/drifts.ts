import type { DesiredEntry } from '../model/desired.js'
import type { Outcome, Report } from '../model/report.js'
import type { Resource, ResourceId } from '../model/resource.js'
import type { Drift, DriftAction, Reason } from '../model/watch.js'

/** What a look found amiss and what became of it, each with the reason that speaks of it. Pure. */
export function driftsOf(
  report: Report,
  reasons: readonly Reason[],
  held: ReadonlySet<ResourceId>,
): readonly Drift[] {
  const [first] = reasons
  if (first === undefined) return []
  return report.outcomes.flatMap((outcome): readonly Drift[] => {
    const action = actionOf(outcome, held)
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
        stoodMs: Math.max(0, report.at.getTime() - reason.at.getTime()),
        action,
        ...(outcome.status === 'failed' ? { because: outcome.error.message } : {}),
        reason,
        during: restartOf(reason),
      },
    ]
  })
}

function actionOf(outcome: Outcome, held: ReadonlySet<ResourceId>): DriftAction | null {
  if (outcome.entry.reportOnly === true) return null
  if (outcome.status === 'changed' || outcome.status === 'pending') return 'repaired'
  if (outcome.status === 'failed') return 'failed'
  if (outcome.status === 'drifted') return held.has(outcome.entry.id) ? 'held' : 'reported'
  return null
}

/** A reason that names the place of the entry; else one with a culprit; else the first. */
function reasonFor({ resource }: DesiredEntry, reasons: readonly Reason[], first: Reason): Reason {
  const words = placeOf(resource)
  const about = (reason: Reason) => words.every(word => reason.what.split(/[\s;/]+/).includes(word))
  return (
    reasons.find(reason => words.length > 0 && about(reason) && reason.culprit !== undefined) ??
    reasons.find(reason => words.length > 0 && about(reason)) ??
    reasons.find(reason => reason.culprit !== undefined) ??
    first
  )
}

/** Words that tell of it in the line of a trigger: "delete rule ip filter DOCKER-USER handle 5". */
function placeOf(resource: Resource): readonly string[] {
  if (resource.kind === 'iptables-rule' || resource.kind === 'iptables-chain')
    return [resource.family === 'ipv4' ? 'ip' : 'ip6', resource.table, resource.chain]
  if (resource.kind === 'fence-chain' || resource.kind === 'fence-rule') return ['inet', resource.table]
  if (resource.kind === 'sysctl') return resource.key.split('.').slice(-2)
  return []
}

/** Services that take rules away and bring them back when they restart: Docker, the agent, firewalld. */
const restarting = /^(docker|containerd|ecs|amazon-ecs|firewalld)\.service$/

function restartOf({ culprit }: Reason): string | null {
  if (restarting.test(culprit?.unit ?? '')) return culprit?.unit ?? null
  return /^(\S*\/)?dockerd\b/.test(culprit?.command ?? '') ? 'dockerd' : null
}
